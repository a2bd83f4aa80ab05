import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced } from '../support/fleet-stand.ts';
import { exchangeBytes } from '../support/raw-http.ts';
import { runProxy } from '../support/running-proxy.ts';
import { dial, SocketAgent } from '../support/socket-agent.ts';

function request(path: string): string {
  return `GET http://client:9100${path} HTTP/1.1\r\nHost: client:9100\r\n\r\n`;
}

// A response that waits behind another one on its connection has no socket to cut: its part of a body went out later, and the scraper waited for
// the rest until it gave up.
test('cuts a pipelined answer that broke while it waited for the one before', { timeout: 10_000 }, async (t) => {
  const { port } = await runProxy(t, '--insecure');
  const agent = await dial(t, { port });
  assert.ok(agent instanceof SocketAgent);
  await agent.welcome.promise;
  let finishFirst: (() => void) | undefined;
  agent.answer = (exchange, head) => {
    if (head.path === '/first') {
      finishFirst = () => {
        exchange.respond({ status: 200, reason: 'OK', headers: ['Content-Length', '5'] });
        exchange.write(Buffer.from('first'));
        exchange.end();
      };
      return;
    }
    exchange.observer = {
      failed: () => {},
      // Head and first bytes are on their way by now.
      writable: () => {
        exchange.fail('target_unreachable', 'the exporter died');
        finishFirst?.();
      },
    };
    exchange.respond({ status: 200, reason: 'OK', headers: [] });
    exchange.write(Buffer.alloc(200_000, 'x'));
  };
  const paths = [announced({ path: '/first' }), announced({ id: 2, path: '/second' })];
  agent.tunnel.session.announce({ snapshot: true, add: paths, remove: [] });
  while (!(await (await fetch(`http://127.0.0.1:${port}/sd`)).text()).includes('/second'));
  const received = await exchangeBytes({ port }, request('/first') + request('/second')).catch(() => 'reset');
  assert.doesNotMatch(received, /\r\n0\r\n\r\n$/);
});
