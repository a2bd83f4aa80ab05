import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HEADER_BLOCK_BYTES } from '@pullway/shared/protocol/limits';
import { HELLO, JoinedTunnels, REQUEST } from '../support/joined-tunnels.ts';
import { PatternBody } from '../support/pattern-body.ts';
import { RecordingScrape } from '../support/recording-scrape.ts';

function open({ proxy }: JoinedTunnels): RecordingScrape {
  const scrape = new RecordingScrape();
  return scrape.begin(proxy.session.openScrape(REQUEST, scrape));
}

test('has no room before the agent was welcomed', () => {
  const joined = new JoinedTunnels({ helloReceived: () => {} });
  joined.clock.advance(10);
  // After HELLO a request could go out before WELCOME, which is a protocol error for the agent.
  assert.equal(joined.proxy.session.hasRoom, false);
  joined.proxy.session.welcome({ replica: 'r', tunnel: 't' });
  assert.equal(joined.proxy.session.hasRoom, true);
});

test('has room for as many exchanges as the agent takes', () => {
  const joined = JoinedTunnels.established({ hello: { maxExchanges: 2 } });
  const scrapes = [open(joined), open(joined)];
  assert.equal(joined.proxy.session.hasRoom, false);
  scrapes[0]?.cancel();
  assert.equal(joined.proxy.session.hasRoom, true);
});

// 64 scrapers with 64 KiB of header fields in one turn looked like an agent that does not read.
test('has no room while a burst of requests waits for the socket, and the tunnel lives on', () => {
  const joined = JoinedTunnels.established({ hello: { maxExchanges: 4096 }, bytesPerMs: 10_000 });
  const headers = ['X', 'x'.repeat(MAX_HEADER_BLOCK_BYTES - 2)];
  let opened = 0;
  while (joined.proxy.session.hasRoom) {
    joined.proxy.session.openScrape({ ...REQUEST, headers }, new RecordingScrape());
    opened += 1;
  }
  assert.ok(opened > 16 && opened < 64, `${opened} requests were opened`);
  joined.clock.advance(2000);
  assert.deepEqual([joined.proxyEnds, joined.requests.length], [[], opened]);
  assert.equal(joined.proxy.session.hasRoom, true);
});

test('the window is smaller where a tunnel carries many exchanges', () => {
  const joined = JoinedTunnels.established({ hello: { maxExchanges: 4096 } });
  const scrape = new RecordingScrape({ isEager: false });
  scrape.begin(joined.proxy.session.openScrape(REQUEST, scrape));
  joined.clock.advance(1);
  new PatternBody(joined.requests[0]!.exchange, 1e6).start();
  joined.clock.advance(100);
  assert.equal(scrape.bytes, 16_384);
});

test('tells whole announcements only', () => {
  const joined = JoinedTunnels.established({ bytesPerMs: 100 });
  const add = Array.from({ length: 2000 }, (_, index) => ({
    id: index + 1,
    address: `t-${index}:80`,
    path: '/metrics',
    labels: { job: 'x'.repeat(40) },
    passthrough: false,
    allowedPaths: [],
  }));
  joined.agent.session.announce({ snapshot: true, add, remove: [] });
  joined.agent.session.announce({ snapshot: false, add: [], remove: [1, 2] });
  joined.clock.advance(1500);
  assert.equal(joined.changes.length, 0);
  joined.clock.advance(5000);
  assert.deepEqual(
    joined.changes.map(({ added, removed }) => [added.length, removed.length]),
    [
      [2000, 0],
      [0, 2],
    ],
  );
});

test('hears what the agent says of itself', () => {
  let heard: unknown;
  const joined = new JoinedTunnels({ helloReceived: (hello) => void (heard = hello), hello: { cluster: 'prod-eu' } });
  joined.clock.advance(10);
  assert.deepEqual(heard, { ...HELLO, cluster: 'prod-eu' });
});
