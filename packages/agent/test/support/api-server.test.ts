// The stand-in against what a real API server answered: the same status, header fields and shape of bodies.

import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { rawField, rawList } from '../../src/discovery/kubernetes/raw-fields.ts';
import { StandInApiServer } from './api-server.ts';
import { podObject } from './pod-objects.ts';
import { readTranscript } from './transcripts.ts';

/** Of the connection and of its moment, not of the API. */
const HOP_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding']);

async function ask(t: TestContext, path: string, prepare: (server: StandInApiServer) => void = () => undefined) {
  const server = new StandInApiServer();
  const url = await server.listen();
  t.after(() => server.close());
  prepare(server);
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  get(`${url}${path}`, { headers: { Authorization: 'Bearer agent' } }, resolve);
  const response = await promise;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode, fields: Object.keys(response.headers), body };
}

function visible(fields: readonly string[]): readonly string[] {
  return fields.filter((field) => !HOP_FIELDS.has(field) && field !== 'x-content-type-options').toSorted();
}

/** Names of fields, with the values of those that say what kind of thing it is. */
function shape(text: string): unknown {
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null) return body;
  const { message: _message, details: _details, ...rest } = Object.fromEntries(Object.entries(body));
  return rest;
}

const REFUSALS: readonly (readonly [string, string, (server: StandInApiServer) => void])[] = [
  ['bad-continue', '/api/v1/pods?limit=4&continue=nonsense', () => undefined],
  ['forbidden', '/api/v1/pods', (server) => void server.grants.set('agent', () => false)],
  ['notfound', '/apis/discovery.k8s.io/v2/endpointslices', () => undefined],
  ['unauthorized', '/api/v1/pods', (server) => void server.grants.set('other', () => true)],
  ['watch-bad-rv', '/api/v1/pods?watch=1&resourceVersion=abc', () => undefined],
];

for (const [name, path, prepare] of REFUSALS) {
  test(`refuses as a real one does: ${name}`, async (t) => {
    const expected = readTranscript(name);
    const { status, fields, body } = await ask(t, path, prepare);
    assert.equal(status, expected.status);
    assert.deepEqual(visible(fields), visible(expected.fields));
    assert.deepEqual(shape(body), shape(expected.body.toString()));
  });
}

test('ends a watch from a forgotten version as a real one does', async (t) => {
  const expected = readTranscript('watch-expired');
  const { status, fields, body } = await ask(t, '/api/v1/pods?watch=1&resourceVersion=1', (server) => {
    server.store.apply('pods', podObject('web'));
    server.compact();
  });
  assert.equal(status, 200);
  assert.deepEqual(visible(fields), visible(expected.fields));
  const event = expected.body.toString().replace('(339)', '(2)');
  assert.deepEqual(JSON.parse(body), JSON.parse(event));
});

test('lists in pages as a real one does', async (t) => {
  const expected: unknown = JSON.parse(readTranscript('list-page-1').body.toString());
  const { body } = await ask(t, '/api/v1/nodes?limit=4', (server) => {
    for (const item of rawList(expected, 'items')) {
      for (const copy of ['', '-2', '-3']) {
        const name = String(rawField(item, 'metadata', 'name')) + copy;
        server.store.apply('nodes', { ...Object(item), metadata: { ...Object(rawField(item, 'metadata')), name } });
      }
    }
  });
  const list: unknown = JSON.parse(body);
  assert.deepEqual(Object.keys(Object(list)), Object.keys(Object(expected)));
  assert.deepEqual(
    Object.keys(Object(rawField(list, 'metadata'))),
    Object.keys(Object(rawField(expected, 'metadata'))),
  );
  assert.equal(rawField(list, 'metadata', 'remainingItemCount'), 8);
  assert.equal(rawList(list, 'items').length, 4);
});
