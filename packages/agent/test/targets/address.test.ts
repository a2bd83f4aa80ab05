import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, targetAddress } from '../../src/targets/address.ts';

const inCluster = { name: 'client', cluster: 'prod-eu' };
const alone = { name: 'client', cluster: '' };

const addresses = [
  { host: '127.0.0.1', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: '127.8.0.1', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: 'localhost', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: 'LOCALHOST.', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: '::1', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: '0:0:0:0:0:0:0:1', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: '::ffff:127.0.0.1', port: 9100, cluster: 'client.prod-eu:9100', none: 'client:9100' },
  { host: 'db.internal', port: 9187, cluster: 'db.internal.prod-eu:9187', none: 'db.internal:9187' },
  { host: 'DB.Internal.', port: 9187, cluster: 'db.internal.prod-eu:9187', none: 'db.internal:9187' },
  { host: 'a_b', port: 80, cluster: 'a_b.prod-eu:80', none: 'a_b:80' },
  { host: '10.0.0.7', port: 80, cluster: '10-0-0-7.prod-eu:80', none: '10.0.0.7:80' },
  { host: 'fd00::7', port: 80, cluster: 'fd00--7.prod-eu:80', none: '[fd00::7]:80' },
  { host: 'FD00:0::0:7', port: 80, cluster: 'fd00--7.prod-eu:80', none: '[fd00::7]:80' },
  { host: 'notlocalhost', port: 80, cluster: 'notlocalhost.prod-eu:80', none: 'notlocalhost:80' },
];

for (const { host, port, cluster, none } of addresses) {
  test(`names ${host} port ${port} ${cluster} in a cluster and ${none} without one`, () => {
    assert.equal(targetAddress(host, port, inCluster), cluster);
    assert.equal(targetAddress(host, port, alone), none);
  });
}

test('does not take hosts that only begin like loopback for it', () => {
  for (const host of ['127.example.org', '10.127.0.1', '::2', 'localhost.example.org'])
    assert.equal(isLoopback(host), false, host);
});
