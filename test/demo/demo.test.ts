import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Demo } from './demo.ts';

test('shows one scrape through the tunnel, and leaves nothing running', async () => {
  const lines: string[] = [];
  const demo = new Demo((line) => lines.push(line));
  try {
    await demo.start();
  } finally {
    await demo.stop();
  }
  const said = lines.join('\n');
  assert.match(said, /^GET http:\/\/client:\d+\/metrics through the tunnel: \d+ lines/m);
  assert.match(said, /^  # HELP /m);
  const [, proxyUrl = ''] = /^Proxy: +(\S+)$/m.exec(said) ?? [];
  await assert.rejects(fetch(proxyUrl), 'the proxy is gone');
});
