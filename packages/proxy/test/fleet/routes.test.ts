import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced, FleetStand } from '../support/fleet-stand.ts';

test('tells an unknown address from a path that is not exposed', () => {
  const stand = new FleetStand();
  stand.join().announce(announced({ allowedPaths: ['/probe/*'] }));
  assert.deepEqual(stand.routes.route('client:9101', '/metrics'), { kind: 'unknown' });
  assert.deepEqual(stand.routes.route('client:9100', '/debug/pprof'), {
    kind: 'not_exposed',
    paths: ['/metrics', '/probe/*'],
  });
});

test('looks at allowed paths only when no target has the exact path', () => {
  const stand = new FleetStand();
  stand.join({ name: 'one', instance: 'a' }).announce(announced({ allowedPaths: ['/metrics/*', '/exact'] }));
  stand.join({ name: 'two', instance: 'b' }).announce(announced({ path: '/metrics/cadvisor' }));
  assert.deepEqual(stand.served('client:9100', '/metrics/cadvisor'), ['b']);
  assert.deepEqual(stand.served('client:9100', '/metrics/probes'), ['a']);
  assert.deepEqual(stand.served('client:9100', '/exact'), ['a']);
  assert.equal(stand.served('client:9100', '/exactly'), 'not_exposed');
});

test('answers the same question with the same object, so that a scrape makes no garbage here', () => {
  const stand = new FleetStand();
  stand.join().announce(announced());
  assert.equal(stand.routes.route('client:9100', '/metrics'), stand.routes.route('client:9100', '/metrics'));
});

test('leaves a list alone that a scrape still holds', () => {
  const stand = new FleetStand();
  stand.join({ name: 'one' }).announce(announced());
  const routing = stand.routes.route('client:9100', '/metrics');
  stand.join({ name: 'two' }).announce(announced());
  assert.ok(routing.kind === 'served' && routing.serving.length === 1);
});

test('names a tunnel once, however many targets of it differ in labels only', () => {
  const stand = new FleetStand();
  const agent = stand.join({ instance: 'a' });
  const probes = [1, 2, 3].map((id) => announced({ id, labels: { __param_target: `t${id}` } }));
  agent.announce(...probes);
  assert.deepEqual(stand.served(), ['a']);
  agent.change({ snapshot: false, add: [], remove: [1] });
  assert.deepEqual(stand.served(), ['a']);
  agent.change({ snapshot: false, add: [], remove: [3, 2] });
  assert.equal(stand.served(), 'unknown');
});

test('counts allowed paths of targets that share a path, and drops them with the last', () => {
  const stand = new FleetStand();
  const agent = stand.join({ instance: 'a' });
  agent.announce(
    announced({ id: 1, allowedPaths: ['/a'] }),
    announced({ id: 2, allowedPaths: ['/a', '/b'], labels: { job: 'other' } }),
    announced({ id: 3, labels: { job: 'third' } }),
  );
  agent.change({ snapshot: false, add: [], remove: [2] });
  assert.deepEqual(stand.served('client:9100', '/a'), ['a']);
  assert.equal(stand.served('client:9100', '/b'), 'not_exposed');
  agent.change({ snapshot: false, add: [], remove: [1] });
  assert.equal(stand.served('client:9100', '/a'), 'not_exposed');
  assert.deepEqual(stand.served(), ['a']);
});

test('keeps a passed-through target apart from one that the agent fetches', () => {
  const stand = new FleetStand();
  stand.join().announce(announced(), announced({ id: 2, passthrough: true, path: '/secure' }));
  const routing = stand.routes.connectTargets('client:9100');
  assert.ok(routing.kind === 'served');
  assert.deepEqual(
    routing.serving.map(({ target }) => target.passthrough),
    [false, true],
  );
});

test('finds each of many paths of one address, and none that was removed', () => {
  const stand = new FleetStand();
  const agent = stand.join({ instance: 'a' });
  const many = Array.from({ length: 40 }, (_, index) => announced({ id: index + 1, path: `/p${index}` }));
  agent.announce(...many);
  for (const { path } of many) assert.deepEqual(stand.served('client:9100', path), ['a']);
  agent.change({ snapshot: false, add: [], remove: many.slice(0, 39).map(({ id }) => id) });
  assert.equal(stand.served('client:9100', '/p0'), 'not_exposed');
  assert.deepEqual(stand.served('client:9100', '/p39'), ['a']);
});

test('says of a path who departed with it, although others serve the address', () => {
  const stand = new FleetStand();
  stand.join({ name: 'one' }).announce(announced());
  stand
    .join({ name: 'two' })
    .announce(announced({ path: '/two' }))
    .vanish();
  const routing = stand.routes.route('client:9100', '/two');
  assert.ok(routing.kind === 'departed' && routing.agent === 'two');
  assert.equal(stand.served('client:9100', '/three'), 'not_exposed');
});

test('names the agent that departed last, whatever path is asked of an address that nobody serves', () => {
  const stand = new FleetStand();
  const [one, two] = ['one', 'two'].map((name) => stand.join({ name }).announce(announced()));
  two?.vanish();
  stand.clock.advance(1_000);
  one?.vanish();
  for (const routing of [
    stand.routes.route('client:9100', '/metrics'),
    stand.routes.route('client:9100', '/other'),
    stand.routes.connectTargets('client:9100'),
  ]) {
    assert.ok(routing.kind === 'departed' && routing.agent === 'one');
  }
  assert.ok(stand.routes.hasAddress('client:9100'));
});

test('goes on with the twin when one of two agents departs', () => {
  const stand = new FleetStand();
  const one = stand.join({ name: 'one', instance: 'a' }).announce(announced());
  stand.join({ name: 'two', instance: 'b' }).announce(announced());
  one.vanish();
  assert.deepEqual(stand.served(), ['b']);
});
