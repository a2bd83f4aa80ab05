import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, formatFault } from '@pullway/shared/config/faults';
import { parseYaml } from '@pullway/shared/config/yaml';

const JOB = z.strictObject({
  job_name: z.string().min(1),
  port: z.number().int().max(65_535).optional(),
  scheme: z.enum(['http', 'https']).default('http'),
  params: z.record(z.string(), z.array(z.string())).optional(),
  limit: z.union([z.number(), z.strictObject({ bytes: z.number() })]).optional(),
});
const CONFIG = z.strictObject({ scrape_configs: z.array(JOB).optional(), shared: z.unknown().optional() });

function faultsOf(text: string): readonly string[] {
  try {
    parseYaml(text, 'a.yml', CONFIG);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.faults.map(formatFault);
  }
  return [];
}

test('good content comes out as the schema makes it', () => {
  const config = parseYaml('scrape_configs:\n  - job_name: pods\n', 'a.yml', CONFIG);
  assert.deepEqual(config, { scrape_configs: [{ job_name: 'pods', scheme: 'http' }] });
});

for (const text of ['', '# nothing yet\n', '---\n', 'null']) {
  test(`the text ${JSON.stringify(text)} is an empty configuration`, () => {
    assert.deepEqual(parseYaml(text, 'a.yml', CONFIG), {});
  });
}

test('a field without a value counts as absent where that is asked for, an entry of a list never', () => {
  const text = 'scrape_configs:\n  - job_name: a\n    port:\n    params:\nshared:\n';
  const likePrometheus = true;
  const config = parseYaml(text, 'a.yml', CONFIG, { likePrometheus });
  assert.deepEqual(config.scrape_configs?.[0], { job_name: 'a', scheme: 'http', port: undefined, params: undefined });
  assert.throws(() => parseYaml(text, 'a.yml', CONFIG), ConfigError);
  assert.throws(() => parseYaml('scrape_configs: [null]', 'a.yml', CONFIG, { likePrometheus }), /must be fields/);
  assert.throws(
    () => parseYaml('scrape_configs: [{job_name: }]', 'a.yml', CONFIG, { likePrometheus }),
    /job_name: Too small/,
  );
  assert.throws(() => parseYaml('typo:', 'a.yml', CONFIG, { likePrometheus }), /unknown field typo/);
});

test('anchors and merged maps work as in the files of Prometheus', () => {
  const jobs = Array.from({ length: 500 }, (_, index) => `  - { <<: *base, job_name: job-${index} }`);
  const config = parseYaml(`shared: &base { port: 80 }\nscrape_configs:\n${jobs.join('\n')}\n`, 'a.yml', CONFIG);
  assert.equal(config.scrape_configs?.length, 500);
  assert.equal(config.scrape_configs[499]?.port, 80);
});

// The text of a scalar was lost: `regex: 1.10` matched 1.1 only, `010` was 10, `True` was true, and long numbers were rounded.
test('where a text is expected a plain scalar is what is written, as for Go', () => {
  const schema = z.strictObject({ texts: z.array(z.string()), labels: z.record(z.string(), z.string()) });
  const written = [
    '1.10',
    '010',
    'True',
    '0x10',
    '1e3',
    '12345678901234567890',
    '-0',
    '.5',
    'NULL',
    '~x',
    'yes',
    '.NaN',
    '2001-01-01',
  ];
  const text = `texts: [${written.join(', ')}]   # all of them\nlabels: { <<: {010: 1.50}, 1.10: on, True: "1" }\n`;
  const likePrometheus = true;
  assert.deepEqual(parseYaml(text, 'a.yml', schema, { likePrometheus }), {
    texts: written.map((word) => (word === 'NULL' ? '' : word)),
    labels: { '010': '1.50', '1.10': 'on', True: '1' },
  });
});

test('a scalar behind an alias, in a merged map or in a union is its text, too', () => {
  const schema = z.strictObject({
    a: z.string(),
    b: z.strictObject({ x: z.string(), y: z.array(z.string()) }),
    c: z.union([z.strictObject({}), z.array(z.string())]),
    n: z.number(),
    shared: z.unknown(),
  });
  const text = 'shared: &s {x: 1.0, y: [2.0, &z 3.0]}\na: *z\nb: {<<: [*s, {x: 5.0}]}\nc: [4.0]\nn: 1.0\n';
  assert.deepEqual(parseYaml(text, 'a.yml', schema), {
    a: '3.0',
    b: { x: '1.0', y: ['2.0', '3.0'] },
    c: ['4.0'],
    n: 1,
    // Nobody wants a text here.
    shared: { x: 1, y: [2, 3] },
  });
});

test('where a truth value is expected the words of YAML 1.1 are some, unless they stand in quotes', () => {
  const schema = z.array(z.boolean());
  assert.deepEqual(parseYaml('[yes, No, on, OFF, y, true, False]', 'a.yml', schema), [
    true,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
  for (const text of ['["yes"]', '[!!str no]', '[1]', '[maybe]']) {
    assert.throws(() => parseYaml(text, 'a.yml', schema), /must be true or false/);
  }
});

const FAULTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['an unknown field', 'scrape_config: []\n', ['a.yml:1:1: unknown field scrape_config; did you mean scrape_configs?']],
  [
    'unknown fields of an entry',
    'scrape_configs:\n  - job_name: x\n    prot: 1\n    something_else: 2\n',
    ['a.yml:3:5: unknown field prot; did you mean port?', 'a.yml:4:5: unknown field something_else'],
  ],
  ['a missing field', 'scrape_configs:\n  - port: 1\n', ['a.yml:2:5: field job_name is missing']],
  ['a list in place of the map', '- a\n', ['a.yml:1:1: must be fields with their values']],
  ['a wrong type', 'scrape_configs:\n  - job_name: [7]\n', ['a.yml:2:15: job_name: must be text']],
  [
    'a value inside a record',
    'scrape_configs:\n  - job_name: x\n    params:\n      module: [a, {}]\n',
    ['a.yml:4:19: module: must be text'],
  ],
  [
    'a union, judged by its nearest form',
    'scrape_configs:\n  - job_name: x\n    limit: { byte: 1, bytes: 2 }\n',
    ['a.yml:3:14: unknown field byte; did you mean bytes?'],
  ],
  ['a field of the prototype', '__proto__: 1\n', ['a.yml:1:1: unknown field __proto__']],
  ['a key given twice', 'shared: 1\nshared: 2\n', ['a.yml:2:1: Map keys must be unique']],
  [
    'an alias without anchor',
    'shared: *nope\n',
    ['a.yml:1:9: an alias without an anchor before it; a text that begins with * has to be in quotes'],
  ],
  [
    'a tag that nobody knows',
    'shared: !!js x\n',
    ['a.yml:1:9: a tag that is not known here; a text that begins with ! has to be in quotes'],
  ],
];

for (const [name, text, wanted] of FAULTS) {
  test(`${name} is told with its place`, () => {
    assert.deepEqual(faultsOf(text), wanted);
  });
}

test('faults of syntax and second documents are told with their line', () => {
  assert.match(faultsOf('shared: "open\n')[0] ?? '', /^a\.yml:2:1: /);
  assert.match(faultsOf('shared: 1\n---\nshared: 2\n')[0] ?? '', /^a\.yml:2:1: a second document begins here/);
});

test('all faults of content are told at once', () => {
  assert.equal(faultsOf('a: 1\nscrape_configs:\n  - job_name: ""\n    port: 70000\n    scheme: ftp\n').length, 4);
});

test('aliases that would fill the memory are a fault', () => {
  const levels = 'abcdef'.split('').map((name, index, all) => {
    const item = index === 0 ? '1' : `*${all[index - 1]}`;
    return `${name}: &${name} [${`${item},`.repeat(50)}]`;
  });
  assert.match(faultsOf(levels.join('\n'))[0] ?? '', /Excessive alias count/);
});

test('a file of more than 16 MiB is refused before it is parsed', () => {
  assert.deepEqual(faultsOf('#'.repeat(16 * 1024 * 1024 + 1)), ['a.yml: the file is larger than 16 MiB']);
});
