import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webPaths } from '../../src/config/web-paths.ts';
import { flags } from '../support/flags.ts';

test('has everything at the root unless told otherwise', () => {
  assert.deepEqual(webPaths(flags()), {
    prefix: '',
    telemetryPath: '/metrics',
    tunnelPath: '/tunnel',
    externalUrl: undefined,
  });
});

for (const prefix of ['pullway/a', '/pullway/a', '/pullway/a/', '//pullway//a/']) {
  test(`takes the route prefix ${prefix} for /pullway/a`, () => {
    const paths = webPaths(flags(`--web.route-prefix=${prefix}`));
    assert.equal(paths.prefix, '/pullway/a');
    assert.equal(paths.tunnelPath, '/pullway/a/tunnel');
  });
}

test('tells all faults at once', () => {
  const given = flags('--web.route-prefix=/a?b', '--web.telemetry-path=/', '--web.external-url=ftp://x');
  assert.throws(() => webPaths(given), /route-prefix[^]*telemetry-path[^]*external-url/);
});
