import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { EARLY, LATE } from '../../../shared/test/support/certificates.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { ClientCertificate } from '../../src/uplink/client-certificate.ts';

// A tunnel may live longer than the certificate with which it was opened; what was told at that time would be a false alarm.
test('tells what the file says now, also after it was replaced', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.crt');
  const clock = new SimulatedClock();
  const certificate = new ClientCertificate(file, () => clock.now());
  assert.equal(certificate.expiry, undefined, 'not there yet');
  await writeFile(file, EARLY.pem);
  clock.advance(1_000);
  assert.equal(certificate.expiry, EARLY.expiry);
  await writeFile(file, `${LATE.pem}\n`);
  clock.advance(1_000);
  assert.equal(certificate.expiry, LATE.expiry);
});
