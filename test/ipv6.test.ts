// Everything over IPv6: listeners, tunnel, exporter, and addresses in brackets on the way.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { answerUp } from './support/exporter.ts';
import { endWith } from './support/program.ts';
import { startAgent, startProxy } from './support/pullway-programs.ts';
import { until } from './support/until.ts';

test('proxy, agent and exporter meet on [::1], and a target with an IPv6 address keeps its brackets', async (t) => {
  const exporterPort = await runExporterOnIpv6(t);
  if (exporterPort === undefined) return t.skip('needs IPv6 on loopback');
  const proxy = endWith(t, startProxy(['--web.listen-address=[::1]:0', '--insecure', '--sd.warm-up=0s']));
  const [, proxyPort] = await proxy.outputMatching(/ web=\[::1\]:(\d+)/, 30_000);
  const agent = endWith(
    t,
    startAgent([
      `--proxy.url=http://[::1]:${proxyPort}`,
      '--agent.name=client',
      `--target=[::1]:${exporterPort}`,
      `--target=[fd00::7]:${exporterPort}=http://[::1]:${exporterPort}/metrics`,
      '--web.listen-address=[::1]:0',
    ]),
  );
  await agent.outputMatching(/msg="tunnel is up"/, 30_000);
  for (const authority of [`client:${exporterPort}`, `[fd00::7]:${exporterPort}`, `[FD00::7]:${exporterPort}`]) {
    const answer = await until(`${authority} to be announced`, async () => {
      const text = await ask(Number(proxyPort), `http://${authority}/metrics`, authority);
      return text.startsWith('HTTP/1.1 404') ? undefined : text;
    });
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*exporter_up 1/, authority);
  }
  const own = await ask(Number(proxyPort), '/metrics', `[::1]:${proxyPort}`);
  assert.match(own, /pullway_proxy_agents/);
});

/** @returns its port, or undefined where the machine has no IPv6 */
async function runExporterOnIpv6(t: TestContext): Promise<number | undefined> {
  const server = createServer(answerUp).listen(0, '::1');
  t.after(() => server.close().closeAllConnections());
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

/** The whole answer to a GET for `target`, as text. */
function ask(port: number, target: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '::1', () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.once('end', () => resolve(text)).once('error', reject);
  });
}
