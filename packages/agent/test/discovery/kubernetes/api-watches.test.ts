import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@pullway/shared/runtime/clock';
import { MemoryLogger } from '../../../../shared/test/support/memory-logger.ts';
import { apiServerAt } from '../../../src/discovery/kubernetes/api-server.ts';
import { ApiWatches } from '../../../src/discovery/kubernetes/api-watches.ts';
import { NO_TLS_SETTINGS } from '../../../src/targets/exporters.ts';
import { standIn } from '../../support/kubernetes-discoverer.ts';

const ALL = { namespace: '', labelSelector: '', fieldSelector: '' };

test('watches a choice once for all who ask for it, until the last one has left', async (t) => {
  const { server, url } = await standIn(t);
  const watches = new ApiWatches({ clock: systemClock, logger: new MemoryLogger(), random: () => 0.5 }, 'test');
  const at = apiServerAt(url, { tls: NO_TLS_SETTINGS, credentials: { kind: 'none' } });
  const [first, second] = [watches.pods(at, ALL), watches.pods(at, ALL)];
  const other = watches.pods(at, { ...ALL, namespace: 'shop' });
  t.after(() => other.release());
  assert.equal(first.objects, second.objects);
  assert.notEqual(first.objects, other.objects);
  await new Promise<void>((resolve) => first.objects.onSync(resolve));
  first.release();
  assert.equal(server.calls.filter(({ namespace }) => namespace === '').length > 0, true);
  const again = watches.pods(at, ALL);
  assert.equal(again.objects, second.objects);
  second.release();
  again.release();
  const anew = watches.pods(at, ALL);
  assert.notEqual(anew.objects, second.objects);
  anew.release();
});
