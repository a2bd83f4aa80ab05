import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, errorMessage, type LogFormat, type Logger, type LogLevel } from '@pullway/shared/runtime/logger';

function logging(level: LogLevel, format: LogFormat): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, format, write: (line) => void lines.push(line) }) };
}

test('logfmt has time, level and message in front of the fields', () => {
  const { logger, lines } = logging('info', 'logfmt');
  logger.warn({ agent: 'client', error: new Error('no route', { cause: new Error('host down') }) }, 'tunnel lost');
  assert.match(
    lines[0] ?? '',
    /^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warn msg="tunnel lost" agent=client error="no route: host down"\n$/,
  );
});

test('json has one object on each line', () => {
  const { logger, lines } = logging('info', 'json');
  logger.error({ count: 2, error: new Error('x') }, 'failed');
  const { time, ...record }: Record<string, unknown> = JSON.parse(lines[0] ?? '');
  assert.equal(typeof time, 'string');
  assert.deepEqual(record, { level: 'error', count: 2, error: 'x', msg: 'failed' });
});

test('only what is as grave as the level is written', () => {
  const { logger, lines } = logging('warn', 'logfmt');
  logger.debug({}, 'a');
  logger.info({}, 'b');
  logger.warn({}, 'c');
  logger.error({}, 'd');
  assert.deepEqual(
    lines.map((line) => /msg=(\w)/.exec(line)?.[1]),
    ['c', 'd'],
  );
});

test('what comes from outside cannot forge a record', () => {
  const { logger, lines } = logging('info', 'logfmt');
  logger.info({ name: 'x\ntime=0 level=error msg=forged' }, 'hello');
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.split('\n').length, 2);
});

const circular = new Error('again');
circular.cause = circular;

const ERRORS: readonly (readonly [unknown, string])[] = [
  [new Error('plain'), 'plain'],
  [new TypeError(''), 'TypeError'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [new Error('a', { cause: 'b' }), 'a: b'],
  // What connect() throws for a name with two addresses has no message of its own.
  [new AggregateError([new Error('refused 1'), new Error('refused 2')]), 'refused 1; refused 2'],
  [circular, 'again'],
  // Who tells the cause in their own message: it stood there twice.
  [new Error('a.yml: ENOENT', { cause: new Error('ENOENT') }), 'a.yml: ENOENT'],
];

test('the message of an error tells its causes', () => {
  for (const [error, wanted] of ERRORS) assert.equal(errorMessage(error), wanted);
});
