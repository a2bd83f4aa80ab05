import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { Diagnosis, Refusal } from '../../src/scrape/outcomes.ts';
import { refuse, refuseSocket } from '../../src/scrape/refusal.ts';
import { keysOf } from '../support/keys-of.ts';
import { MemoryConnection, nextTurn } from '../support/memory-connection.ts';

const FIELDS_OF_OUTCOMES: Partial<Readonly<Record<Refusal, string>>> = {
  scraper_unauthenticated: 'Proxy-Authenticate: Basic realm="pullway"',
  method_refused: 'Allow: GET, HEAD',
};

const REFUSALS: Readonly<Record<Refusal, number>> = {
  request_malformed: 400,
  unknown_target: 404,
  not_exposed: 403,
  method_refused: 405,
  scraper_unauthenticated: 407,
  agent_gone: 503,
  agent_busy: 503,
  proxy_busy: 503,
  tunnel_lost: 502,
  target_unreachable: 502,
  target_tls: 502,
  target_protocol: 502,
  target_timeout: 504,
  body_too_large: 502,
};

for (const outcome of keysOf(REFUSALS)) {
  const status = REFUSALS[outcome];
  test(`says ${outcome} in the status line, in the body and in a field`, async () => {
    const answer = await answerOf({ outcome, reason: 'what failed' });
    assert.equal(answer.line, `HTTP/1.1 ${status} what failed`);
    assert.equal(answer.body, 'what failed\n');
    const own = FIELDS_OF_OUTCOMES[outcome];
    assert.deepEqual(answer.fields.slice(0, own === undefined ? 3 : 4), [
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 12',
      `X-Pullway-Outcome: ${outcome}`,
      ...(own === undefined ? [] : [own]),
    ]);
  });

  test(`says ${outcome} on a bare socket in the same words, and closes it`, async () => {
    const socket = new MemoryConnection();
    refuseSocket(socket, { outcome, reason: 'what failed' });
    await nextTurn();
    const onSocket = parseAnswer(socket.received);
    const answer = await answerOf({ outcome, reason: 'what failed' });
    assert.equal(onSocket.line, answer.line);
    assert.equal(onSocket.body, answer.body);
    const common = answer.fields.filter((field) => !/^(Date|Connection|Keep-Alive): /.test(field));
    assert.deepEqual(onSocket.fields, [...common, 'Connection: close']);
    assert.ok(socket.destroyed);
  });
}

const REASONS = [
  ['two\r\nlines: and a field', 'two lines: and a field'],
  ['Überlauf', '?berlauf'],
  ['x'.repeat(301), `${'x'.repeat(297)}...`],
] as const;

for (const [reason, said] of REASONS) {
  test(`says ${JSON.stringify(reason.slice(0, 30))} as a status line can hold it`, async () => {
    const answer = await answerOf({ outcome: 'target_unreachable', reason });
    assert.equal(answer.line, `HTTP/1.1 502 ${said}`);
    assert.equal(answer.body, `${said}\n`);
    assert.ok(answer.fields.includes(`Content-Length: ${said.length + 1}`));
  });
}

test('an answer keeps the connection for the next request', async () => {
  const server = createServer((_request, response) => refuse(response, { outcome: 'agent_gone', reason: 'gone' }));
  const connection = new MemoryConnection();
  server.emit('connection', connection);
  for (let asked = 1; asked <= 2; asked += 1) {
    await connection.say('GET / HTTP/1.1\r\nHost: client:9100\r\n\r\n');
    assert.equal(connection.received.match(/HTTP\/1\.1 503 gone/g)?.length, asked);
  }
  assert.equal(connection.destroyed, false);
});

test('a refused socket that fails harms nobody', async () => {
  const socket = new MemoryConnection();
  refuseSocket(socket, { outcome: 'agent_gone', reason: 'gone' });
  socket.destroy(new Error('reset'));
  await nextTurn();
  assert.ok(socket.destroyed);
});

interface Answer {
  readonly line: string | undefined;
  readonly fields: readonly string[];
  readonly body: string | undefined;
}

async function answerOf(diagnosis: Diagnosis): Promise<Answer> {
  const server = createServer((_request, response) => refuse(response, diagnosis));
  const connection = new MemoryConnection();
  server.emit('connection', connection);
  await connection.say('GET / HTTP/1.1\r\nHost: client:9100\r\n\r\n');
  return parseAnswer(connection.received);
}

function parseAnswer(text: string): Answer {
  const [head, body] = text.split('\r\n\r\n');
  const [line, ...fields] = head?.split('\r\n') ?? [];
  return { line, fields, body };
}
