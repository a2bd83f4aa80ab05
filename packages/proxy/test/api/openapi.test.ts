import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { serveApi } from '../support/api-server.ts';

const operation = z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) });
const description = z.object({
  openapi: z.string().startsWith('3.1'),
  servers: z.tuple([z.object({ url: z.string() })]),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

test('every operation that is described answers with a status that is described', async (t) => {
  const { request } = await serveApi(t, { prefix: '/p' });
  const { paths, servers } = description.parse(JSON.parse((await request('/p/api/v1/openapi.json')).text));
  assert.equal(servers[0].url, '/p');
  assert.ok(Object.keys(paths).length >= 8);
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      const { status } = await request(`/p${path}`, { method: method.toUpperCase() });
      assert.ok(String(status) in responses, `${method} ${path} answered ${status}`);
    }
  }
});

test('every page that the landing page links to is described', async (t) => {
  const { request } = await serveApi(t);
  const { paths } = description.parse(JSON.parse((await request('/api/v1/openapi.json')).text));
  const links = [...(await request('/')).text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
  const described = new Set([...Object.keys(paths), '/api/v1/openapi.json']);
  assert.deepEqual(
    links.filter((link) => !described.has(link)),
    [],
  );
});
