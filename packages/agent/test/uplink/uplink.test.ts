import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RequestHead } from '@pullway/shared/protocol/frames';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { TargetSet } from '../../src/targets/target-set.ts';
import { DialError } from '../../src/uplink/dial-error.ts';
import { Uplink } from '../../src/uplink/uplink.ts';
import { SimulatedProxy } from '../support/simulated-proxy.ts';
import { target } from '../support/targets.ts';

const NO_SIGNAL = new AbortController().signal;
const REQUEST: RequestHead = {
  deadlineMs: 9_500,
  method: 'GET',
  address: 'client:9100',
  path: '/metrics',
  headers: [],
};

class Scene {
  readonly clock = new SimulatedClock();
  readonly proxy = new SimulatedProxy(this.clock);
  readonly logger = new MemoryLogger();
  readonly targets = new TargetSet();
  readonly exchanges: AnswerExchange[] = [];
  readonly uplink = new Uplink({
    proxy: 'http://proxy:8080',
    dialer: this.proxy,
    hello: { versions: [1], features: [], name: 'client', cluster: '', instance: 'i', version: '0', maxExchanges: 256 },
    clock: this.clock,
    heartbeat: new Heartbeat(),
    targets: this.targets,
    acceptor: { scrapeRequested: (exchange) => void this.exchanges.push(exchange), streamRequested: () => {} },
    random: () => 0.5,
    logger: this.logger,
  });

  constructor(t: TestContext) {
    this.targets.replace([target()]);
    t.after(() => this.stopNow());
  }

  /** Lets time pass, and what it brings happen. */
  async pass(durationMs: number): Promise<void> {
    await this.clock.advanceInSteps(durationMs, Math.max(5, durationMs / 200));
  }

  async started(): Promise<this> {
    this.uplink.start();
    await this.pass(50);
    return this;
  }

  async stopNow(): Promise<void> {
    const stop = new AbortController();
    stop.abort();
    const closed = this.uplink.close({ signal: stop.signal });
    await this.pass(100);
    await closed;
  }

  get waits(): readonly number[] {
    return this.proxy.dialledAt.slice(1).map((at, index) => at - (this.proxy.dialledAt[index] ?? 0));
  }
}

test('connects, says who it is and announces its targets', async (t) => {
  const { proxy, uplink, logger } = await new Scene(t).started();
  const tunnel = proxy.tunnelAt(0);
  assert.deepEqual([tunnel.hello?.name, tunnel.hello?.standby], ['client', false]);
  assert.deepEqual(tunnel.addresses, ['client:9100']);
  const { isConnected, isRefused, detail } = uplink.status;
  assert.deepEqual({ isConnected, isRefused, detail }, { isConnected: true, isRefused: false, detail: 'replica r1' });
  assert.deepEqual(logger.lines, ['info tunnel is up']);
});

test('announces changes as they come, and nothing when nothing changed', async (t) => {
  const scene = await new Scene(t).started();
  scene.uplink.announce(scene.targets.replace([target(), target({ address: 'db:9187' })]));
  scene.uplink.announce(scene.targets.replace([target(), target({ address: 'db:9187' })]));
  await scene.pass(50);
  const tunnel = scene.proxy.tunnelAt(0);
  assert.deepEqual(tunnel.addresses, ['client:9100', 'db:9187']);
  assert.equal(tunnel.announcements, 2);
});

test('announces what is in force when a tunnel comes up, not what was when it was dialled', async (t) => {
  const scene = new Scene(t);
  scene.uplink.start();
  scene.uplink.announce(scene.targets.replace([target({ address: 'db:9187' })]));
  await scene.pass(50);
  assert.deepEqual(scene.proxy.tunnelAt(0).addresses, ['db:9187']);
});

test('tries again with rising waits, and logs a fault once', async (t) => {
  const scene = new Scene(t);
  scene.proxy.dialError = new DialError('connect ECONNREFUSED', 'with-backoff');
  await scene.started();
  await scene.pass(8_000);
  // Half of 500, 1,000, 2,000, 4,000 and 8,000 ms; the steps of the clock may add some.
  const expected = [250, 500, 1_000, 2_000, 4_000];
  for (const [index, wait] of scene.waits.entries())
    assert.ok(Math.abs(wait - (expected[index] ?? 0)) <= 80, `${index}: ${wait}`);
  assert.deepEqual(scene.logger.lines.slice(0, 3), [
    'warn cannot connect to the proxy',
    'debug still no tunnel',
    'debug still no tunnel',
  ]);
  assert.deepEqual([scene.uplink.status.isConnected, scene.uplink.status.detail], [false, 'connect ECONNREFUSED']);
  scene.proxy.dialError = undefined;
  await scene.pass(9_000);
  assert.equal(scene.uplink.status.isConnected, true);
});

test('comes back at once after a tunnel that lived, and slowly after one that broke at once', async (t) => {
  const scene = await new Scene(t).started();
  for (let i = 0; i < 4; i += 1) {
    const before = scene.proxy.tunnels.length;
    scene.proxy.tunnelAt(-1).link.break();
    await scene.pass(10);
    // A welcome alone proves nothing: a proxy that breaks each tunnel must be dialled ever more slowly.
    const wait = 250 * 2 ** i;
    await scene.pass(wait - 60);
    assert.equal(scene.proxy.tunnels.length, before, `dialled too soon after break ${i}`);
    await scene.pass(200);
    assert.equal(scene.proxy.tunnels.length, before + 1);
  }
  await scene.pass(30_000);
  scene.proxy.tunnelAt(-1).link.break();
  await scene.pass(400);
  assert.equal(scene.uplink.status.isConnected, true);
  assert.equal(scene.uplink.status.reconnects.get('lost'), 5);
});

for (const refusal of ['unauthorised', 'forbidden', 'no_common_version'] as const) {
  test(`waits a minute for the operator when it is closed as ${refusal}`, async (t) => {
    const scene = new Scene(t);
    scene.proxy.refusal = refusal;
    await scene.started();
    assert.equal(scene.uplink.status.isRefused, true);
    assert.deepEqual(scene.logger.lines, ['error the proxy refuses this agent; an operator has to act']);
    await scene.pass(58_000);
    assert.equal(scene.proxy.tunnels.length, 1);
    scene.proxy.refusal = undefined;
    await scene.pass(4_000);
    assert.equal(scene.proxy.tunnels.length, 2);
    assert.deepEqual([scene.uplink.status.isConnected, scene.uplink.status.isRefused], [true, false]);
  });
}

test('waits a minute when the upgrade is refused', async (t) => {
  const scene = new Scene(t);
  scene.proxy.dialError = new DialError('answered 401', 'after-operator');
  await scene.started();
  await scene.pass(119_000);
  assert.equal(scene.proxy.dialledAt.length, 2);
  assert.equal(scene.uplink.status.isRefused, true);
  assert.equal(scene.uplink.status.reconnects.get('refused'), 2);
});

test('asks as a standby after it was displaced, once a minute', async (t) => {
  const scene = await new Scene(t).started();
  scene.proxy.refusal = 'displaced';
  scene.proxy.tunnelAt(0).tunnel.close('displaced', 'a newer instance is connected');
  await scene.pass(1_000);
  assert.deepEqual(
    [scene.uplink.status.isRefused, scene.uplink.status.detail],
    [true, 'a newer instance is connected'],
  );
  assert.match(scene.logger.lines.at(-1) ?? '', /warn another agent/);
  await scene.pass(61_000);
  assert.deepEqual([scene.proxy.tunnels.length, scene.proxy.tunnelAt(-1).hello?.standby], [2, true]);
  scene.proxy.refusal = undefined;
  await scene.pass(61_000);
  assert.equal(scene.uplink.status.isConnected, true);
});

test('opens the new tunnel before it lets the old one go', async (t) => {
  const scene = await new Scene(t).started();
  const old = scene.proxy.tunnelAt(0);
  await scene.pass(30_000);
  const answered: boolean[] = [];
  old.tunnel.session.openScrape(REQUEST, {
    responded: (_head, _body, isLast) => void answered.push(isLast),
    received: () => {},
    failed: () => assert.fail('the scrape was lost'),
  });
  await scene.pass(50);
  old.tunnel.session.sendGoAway({ reason: 'the replica stops', reconnectAfterMs: 2_000 });
  await scene.pass(1_500);
  assert.equal(scene.proxy.tunnels.length, 1);
  assert.equal(scene.uplink.status.isConnected, true);
  await scene.pass(1_000);
  assert.deepEqual([scene.proxy.tunnels.length, old.isOpen], [2, true]);
  assert.equal(scene.uplink.status.detail, 'replica r2');
  scene.exchanges[0]?.respond({ status: 200, reason: 'OK', headers: [] });
  scene.exchanges[0]?.end();
  await scene.pass(500);
  assert.deepEqual(answered, [true]);
  assert.equal(old.end?.code, 1001);
  assert.equal(scene.proxy.tunnelAt(1).isOpen, true);
});

test('announces to the old tunnel too as long as it lives', async (t) => {
  const scene = await new Scene(t).started();
  const old = scene.proxy.tunnelAt(0);
  old.tunnel.session.sendGoAway({ reason: 'the replica stops', reconnectAfterMs: 5_000 });
  await scene.pass(50);
  scene.uplink.announce(scene.targets.replace([target(), target({ address: 'db:9187' })]));
  await scene.pass(50);
  assert.deepEqual(old.addresses, ['client:9100', 'db:9187']);
});

test('does not dial without pause a proxy that sends every agent away', async (t) => {
  const scene = await new Scene(t).started();
  for (let i = 0; i < 400; i += 1) {
    const newest = scene.proxy.tunnelAt(-1);
    if (newest.isOpen && newest.tunnel.session.isEstablished)
      newest.tunnel.session.sendGoAway({ reason: 'away', reconnectAfterMs: 0 });
    await scene.pass(50);
  }
  assert.ok(scene.proxy.dialledAt.length < 9, `${scene.proxy.dialledAt.length} attempts in 20 s`);
});

test('bounds the wait that a proxy may ask for', async (t) => {
  const scene = await new Scene(t).started();
  scene.proxy.tunnelAt(0).tunnel.session.sendGoAway({ reason: 'away', reconnectAfterMs: 1e12 });
  await scene.pass(62_000);
  assert.equal(scene.proxy.tunnels.length, 2);
});

test('lets scrapes finish when it closes, takes no more, and stays away', async (t) => {
  const scene = await new Scene(t).started();
  const tunnel = scene.proxy.tunnelAt(0);
  let bytes = 0;
  tunnel.tunnel.session.openScrape(REQUEST, {
    responded: (_head, body) => void (bytes += body.length),
    received: (body) => void (bytes += body.length),
    failed: () => assert.fail('the scrape was lost'),
  });
  await scene.pass(50);
  const closed = scene.uplink.close({ signal: NO_SIGNAL });
  await scene.pass(2_000);
  assert.deepEqual([tunnel.isOpen, tunnel.goAways, tunnel.tunnel.session.hasRoom], [true, 1, false]);
  scene.exchanges[0]?.respond({ status: 200, reason: 'OK', headers: [] });
  scene.exchanges[0]?.write(new Uint8Array(1_000));
  scene.exchanges[0]?.end();
  await scene.pass(500);
  await closed;
  assert.deepEqual([bytes, tunnel.end?.code], [1_000, 1001]);
  await scene.pass(120_000);
  assert.equal(scene.proxy.tunnels.length, 1);
  assert.equal(scene.clock.pending, 0);
});

test('cuts what is left when the grace is over', async (t) => {
  const scene = await new Scene(t).started();
  const tunnel = scene.proxy.tunnelAt(0);
  const failures: string[] = [];
  tunnel.tunnel.session.openScrape(REQUEST, {
    responded: () => {},
    received: () => {},
    failed: ({ code }) => void failures.push(code),
  });
  await scene.pass(50);
  const cut = new AbortController();
  const closed = scene.uplink.close({ signal: cut.signal });
  await scene.pass(1_000);
  cut.abort();
  await scene.pass(100);
  await closed;
  assert.deepEqual(failures, ['tunnel_lost']);
});

test('closes while it waits to try again, and twice', async (t) => {
  const scene = new Scene(t);
  scene.proxy.dialError = new DialError('no', 'after-operator');
  await scene.started();
  await scene.uplink.close({ signal: NO_SIGNAL });
  await scene.uplink.close({ signal: NO_SIGNAL });
  assert.equal(scene.clock.pending, 0);
});

test('survives a dialer that fails in an unforeseen way', async (t) => {
  const scene = new Scene(t);
  const dial = scene.proxy.dial.bind(scene.proxy);
  let attempts = 0;
  scene.proxy.dial = (signal) => ((attempts += 1) === 1 ? Promise.reject(new TypeError('a bug')) : dial(signal));
  await scene.started();
  assert.equal(scene.uplink.status.detail, 'TypeError: a bug');
  await scene.pass(1_000);
  assert.equal(scene.uplink.status.isConnected, true);
});
