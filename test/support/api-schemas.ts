// Checks manifests against the schemas of Kubernetes, of the Gateway API and of the Prometheus Operator, as the packages kubernetes-models
// have them: what the fields hold by their compiled schemas, and by their TypeScript declarations that there are no others.

import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { describe, type Manifest } from './manifests.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

const TEST_FOLDER = join(import.meta.dirname, '..');
const TSC = join(TEST_FOLDER, '..', 'node_modules', '.bin', 'tsc');

/** Where a group of the API is not among the packages' own. */
const OTHER_PACKAGES: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
};

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    target: 'es2024',
    types: [],
  },
  include: ['*.ts'],
};

interface Model {
  readonly validate: () => void;
}

/** What is wrong with the values of its fields, or a field that is missing; undefined when nothing is. */
export async function schemaFault(manifest: Manifest): Promise<string | undefined> {
  const models = (await import(moduleOf(manifest))) as Readonly<Record<string, new (data: Manifest) => Model>>;
  const Kind = models[manifest.kind];
  if (Kind === undefined) return `${describe(manifest)}: there is no ${manifest.kind} in ${manifest.apiVersion}`;
  try {
    new Kind(manifest).validate();
    return undefined;
  } catch (error) {
    return `${describe(manifest)}: ${String(error)}`;
  }
}

/** What the compiler says of `manifests`, by their names: fields that the API does not have, and values of another type. Empty when nothing. */
export async function unknownFields(
  test: TestContext,
  manifests: Readonly<Record<string, readonly Manifest[]>>,
): Promise<string> {
  const folder = await temporaryFolder(test);
  await symlink(join(TEST_FOLDER, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, objects] of Object.entries(manifests)) {
    await writeFile(join(folder, `${name}.ts`), objects.map(asSource).join('\n'));
  }
  try {
    await run(TSC, ['--project', folder, '--pretty', 'false'], { cwd: folder, maxBuffer: 16 * 1024 * 1024 });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}

function asSource(manifest: Manifest, index: number): string {
  const lines = [
    `import type { I${manifest.kind} as Kind${index} } from '${moduleOf(manifest)}';`,
    `export const object${index}: Kind${index} = ${JSON.stringify(manifest)};`,
  ];
  return lines.join('\n');
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  const [group = ''] = apiVersion.split('/');
  return `${OTHER_PACKAGES[group] ?? 'kubernetes-models/'}${apiVersion}/${kind}`;
}
