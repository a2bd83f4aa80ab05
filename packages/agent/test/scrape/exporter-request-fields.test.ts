import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizationOf, exporterRequestFields } from '../../src/scrape/exporter-request-fields.ts';
import type { Credentials, Secret } from '../../src/targets/target.ts';

const TIMEOUT = 'X-Prometheus-Scrape-Timeout-Seconds';

test('passes what the scraper sent in its order and case, and says how much time is left', () => {
  const fields = ['Accept', 'text/plain', 'accept-ENCODING', 'gzip', 'Accept', 'b'];
  assert.deepEqual(exporterRequestFields(fields, undefined, 9_250), [...fields, TIMEOUT, '9.25']);
});

for (const name of ['Host', 'HOST', 'Content-Length', 'Expect', 'x-prometheus-scrape-timeout-seconds']) {
  test(`does not pass ${name} of the scraper`, () => {
    assert.deepEqual(exporterRequestFields([name, '1', 'Accept', '*/*'], undefined, 1_000), [
      'Accept',
      '*/*',
      TIMEOUT,
      '1',
    ]);
  });
}

test("the scraper's Authorization passes only where the job has none", () => {
  const fields = ['AUTHORIZATION', "Bearer scraper's"];
  assert.deepEqual(exporterRequestFields(fields, undefined, 1_000), [...fields, TIMEOUT, '1']);
  const own = exporterRequestFields(fields, "Bearer job's", 1_000);
  assert.deepEqual(own, [TIMEOUT, '1', 'Authorization', "Bearer job's"]);
});

test('no credentials are no Authorization', () => {
  assert.equal(authorizationOf({ kind: 'none' }), undefined);
});

const KINDS: readonly (readonly [string, (secret: Secret) => Credentials, string])[] = [
  ['basic', (password) => ({ kind: 'basic', username: 'us\u00e9r', password }), 'Basic dXPDqXI6czpjcmV0'],
  ['a type', (credentials) => ({ kind: 'authorization', type: 'Bearer', credentials }), 'Bearer s:cret'],
];

for (const [kind, credentialsOf, authorization] of KINDS) {
  test(`credentials of ${kind} are ready at once where the secret is, and later where it is not`, async () => {
    assert.equal(authorizationOf(credentialsOf(() => 's:cret')), authorization);
    assert.equal(await authorizationOf(credentialsOf(() => Promise.resolve('s:cret'))), authorization);
  });

  test(`credentials of ${kind} are read anew each time, and tell that they cannot be`, async () => {
    const secrets = ['old', 'new'];
    const credentials = credentialsOf(() => secrets.shift() ?? Promise.reject(new Error('unreadable')));
    assert.notEqual(authorizationOf(credentials), authorizationOf(credentials));
    await assert.rejects(async () => authorizationOf(credentials), /unreadable/);
  });
}
