// All documents of the tree: links lead somewhere, what is named exists, and what can be tried is tried.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { ChildProgram } from './support/child-program.ts';
import { readRepositoryFile, repositoryPath } from './support/deploy-files.ts';
import { anchorsOf, codeBlocksOf, linksOf } from './support/markdown.ts';
import { startAgent, startProxy } from './support/pullway-programs.ts';
import { requireProgram } from './support/real-program.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Flags of other programs that documents name: PushProx' and Prometheus'. */
const FLAGS_OF_OTHERS: ReadonlySet<string> = new Set([
  '--proxy.retry.initial-wait',
  '--proxy.retry.max-wait',
  '--registration.timeout',
  '--storage.tsdb.path',
  '--tls.cacert',
  '--tls.cert',
  '--tls.key',
]);

/** Folders of the tree by which a path begins that a document names in the middle of a text. */
const NAMED_PATH = /(?<![\w./:@-])(?:deploy|docs|packages|scripts|test)\/[\w./-]*[\w-](?![\w*{])/g;

interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

let markdown: readonly Document[] = [];
let configurations: readonly Document[] = [];
let help = '';

before(async () => {
  [markdown, configurations, help] = await Promise.all([
    documents('*.md', '{deploy,docs,packages,scripts,test}/**/*.md'),
    documents('deploy/**/*.{yml,yaml,conf,cfg,alloy,service,libsonnet}'),
    helpOfBoth(),
  ]);
  assert.ok(markdown.length > 10 && configurations.length > 10);
});

test('every link leads to a file that exists, and to a heading of it', () => {
  const texts = new Map(markdown.map(({ path, text }) => [path, text]));
  const broken = markdown.flatMap(({ path, text }) =>
    linksOf(text)
      .filter(({ target }) => !leadsSomewhere(path, target, texts))
      .map(({ target, line }) => `${path}:${line}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('every file and folder that a document names exists', () => {
  const missing = [...markdown, ...configurations].flatMap(({ path, text }) =>
    [...text.matchAll(NAMED_PATH)]
      .map(([named]) => named)
      .filter((named) => !exists(named))
      .map((named) => `${path}: ${named}`),
  );
  assert.deepEqual(missing, []);
});

test('every flag and environment variable that a document names exists', () => {
  const flags = new Set([...help.matchAll(/--(?:\[no-\])?([a-z][a-z.-]*)/g)].map(([, name]) => `--${name}`));
  const variables = new Set([...help.matchAll(/PULLWAY_[A-Z_]+/g)].map(([name]) => name));
  const unknown = [...markdown, ...configurations].flatMap(({ path, text }) => {
    const named = [...text.matchAll(/(?<![\w-])--[a-z]+(?:\.[a-z]+(?:-[a-z]+)*)+/g)].map(([name]) => name);
    const namedVariables = [...text.matchAll(/PULLWAY_[A-Z_]+/g)].map(([name]) => name);
    return [
      ...named.filter((name) => !flags.has(name) && !FLAGS_OF_OTHERS.has(name)),
      ...namedVariables.filter((name) => !variables.has(name)),
    ].map((name) => `${path}: ${name}`);
  });
  assert.deepEqual(unknown, []);
});

test('every YAML block of a document is YAML', () => {
  const faults = markdown.flatMap(({ path, text }) =>
    codeBlocksOf(text)
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ text: block, line }) =>
        parseAllDocuments(block).flatMap(({ errors }) => errors.map(({ message }) => `${path}:${line}: ${message}`)),
      ),
  );
  assert.deepEqual(faults, []);
});

test('every block of scrape_configs is accepted by Prometheus or by the agent', async (t) => {
  const promtool = requireProgram(t, 'promtool');
  if (promtool === undefined) return;
  const folder = await temporaryFolder(t);
  const blocks = markdown.flatMap(({ path, text }) =>
    codeBlocksOf(text)
      .filter(({ language, text: block }) => language === 'yaml' && /^scrape_configs:/m.test(block))
      .map((block) => ({ ...block, place: `${path}:${block.line}` })),
  );
  assert.ok(blocks.length > 5);
  for (const [index, { text, place }] of blocks.entries()) {
    const file = join(folder, `${index}.yml`);
    await writeFile(file, text);
    const fault = faultByPromtool(promtool, file);
    if (fault === undefined) continue;
    const agent = startAgent(['--config.check', '--proxy.url=http://proxy', `--config.file=${file}`]);
    assert.equal((await agent.ended).code, 0, `${place}: Prometheus says ${fault}, the agent says ${agent.output}`);
  }
});

function faultByPromtool(promtool: string, file: string): string | undefined {
  const { status, stderr } = spawnSync(promtool, ['check', 'config', file], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

async function documents(...patterns: readonly string[]): Promise<readonly Document[]> {
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist)(?:\/|$)/.test(path);
  const paths: string[] = [];
  for await (const path of glob(patterns, { cwd: repositoryPath('.'), exclude })) paths.push(path);
  return Promise.all(paths.toSorted().map(async (path) => ({ path, text: await readRepositoryFile(path) })));
}

async function helpOfBoth(): Promise<string> {
  const texts = [startProxy, startAgent].map(async (start) => outputOf(start(['--help'])));
  return (await Promise.all(texts)).join('\n');
}

async function outputOf(program: ChildProgram): Promise<string> {
  await program.ended;
  return program.output;
}

/** Whether `target`, as the document `path` has it, is a URL, or a file and a heading that are there. */
function leadsSomewhere(path: string, target: string, texts: ReadonlyMap<string, string>): boolean {
  if (/^https?:/.test(target)) return URL.canParse(target);
  const [file = '', anchor] = target.split('#', 2);
  const linked = file === '' ? path : normalize(join(dirname(path), file));
  if (!existsSync(repositoryPath(linked))) return false;
  return anchor === undefined || anchorsOf(texts.get(linked) ?? '').has(anchor);
}

function exists(path: string): boolean {
  return existsSync(repositoryPath(path));
}
