// `file_sd_configs`: targets from files that others write, looked at every few seconds. A file that cannot be used keeps what it said last.

import type { Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import type { Timer } from '@pullway/shared/runtime/clock';
import { ConfigError } from '@pullway/shared/config/faults';
import { errorMessage } from '@pullway/shared/runtime/logger';
import { Pace, type Work } from '@pullway/shared/runtime/pace';
import type { FileDiscovery } from '../../config/discovery-config.ts';
import { SLICE_MS } from '../../limits.ts';
import type { Mechanism, MechanismStatus, MechanismSurroundings } from '../mechanism.ts';
import type { TargetGroup } from '../target-group.ts';
import { matchingFiles, patternFault } from './glob.ts';
import { readTargetFile } from './target-file.ts';

/** Time between two looks, in milliseconds; notifications of the kernel miss files that Kubernetes mounts. */
const LOOK_EVERY_MS = 5_000;

/** Largest file in bytes: 100,000 targets with some labels. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

type FileSurroundings = Pick<MechanismSurroundings, 'clock' | 'logger' | 'node'>;

interface KnownFile {
  readonly fingerprint: string;
  /** Of what was last read without fault. */
  readonly sources: readonly string[];
  readonly fault: string | undefined;
}

export class FileMechanism implements Mechanism {
  readonly #config: FileDiscovery;
  readonly #surroundings: FileSurroundings;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #files = new Map<string, KnownFile>();
  readonly #changes = new Map<string, TargetGroup>();
  #onChange: () => void = () => {};
  #timer: Timer | undefined;
  #isLooking = false;
  #failures = 0;
  #lastSyncTimestamp: number | undefined;

  /** @throws ConfigError when a file name is no pattern: nothing would ever be found by it. */
  constructor(config: FileDiscovery, surroundings: FileSurroundings) {
    const faults = config.files.flatMap((file) => {
      const fault = patternFault(file);
      return fault === undefined ? [] : { message: `file_sd_configs: ${file}: ${fault}` };
    });
    if (faults.length > 0) throw new ConfigError(faults);
    this.#config = config;
    this.#surroundings = surroundings;
    this.#pace = new Pace(surroundings.clock, SLICE_MS);
  }

  get status(): MechanismStatus {
    return {
      kind: 'file',
      role: '',
      hasSynced: this.#lastSyncTimestamp !== undefined,
      lastSyncTimestamp: this.#lastSyncTimestamp,
      failures: this.#failures,
      faults: [...this.#files.values()].flatMap(({ fault }) => fault ?? []),
    };
  }

  start(onChange: () => void): void {
    this.#onChange = onChange;
    this.#timer = this.#surroundings.clock.every(LOOK_EVERY_MS, () => void this.look());
    void this.look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#stopping.abort();
    this.#onChange = () => {};
  }

  *takeChanges(limit: number): Work<readonly TargetGroup[]> {
    const groups: TargetGroup[] = [];
    for (const [source, group] of this.#changes) {
      if (groups.length >= limit) break;
      this.#changes.delete(source);
      groups.push(group);
      yield;
    }
    return groups;
  }

  /** Looks now; never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const named = new Set((await Promise.all(this.#config.files.map(matchingFiles))).flat());
      const gone = [...this.#files.keys()].filter((file) => !named.has(file));
      for (const file of gone) await this.#forget(file);
      for (const file of named) await this.#lookAt(file);
      if (this.#stopping.signal.aborted) return;
      const isFirst = this.#lastSyncTimestamp === undefined;
      this.#lastSyncTimestamp = Date.now() / 1000;
      if (isFirst || this.#changes.size > 0) this.#onChange();
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAt(file: string): Promise<void> {
    const known = this.#files.get(file);
    try {
      const status = await stat(file);
      const fingerprint = `${status.ino} ${status.size} ${status.mtimeMs}`;
      if (known?.fingerprint === fingerprint) return;
      // Before another process is started for it, which would be again and again.
      await access(file, constants.R_OK);
      await this.#read(file, status, fingerprint);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      // A file that is not there is no fault, as with Prometheus: it is told of nothing then.
      if (codeOf(error) === 'ENOENT') await this.#forget(file);
      else this.#fail(file, known?.fingerprint ?? '', error);
    }
  }

  /** @throws Error with a code, of the file system for example, which may pass by itself; or when it is told to stop. */
  async #read(file: string, status: Stats, fingerprint: string): Promise<void> {
    const signal = this.#stopping.signal;
    try {
      const { size } = status;
      // A pipe would be waited for, and all other files with it.
      if (!status.isFile()) throw new Error(`${file} is no file`);
      if (size > MAX_FILE_BYTES) throw new Error(`${file} is larger than ${MAX_FILE_BYTES} bytes`);
      const groups = await readTargetFile({ file, size }, this.#surroundings.node, this.#pace, signal);
      if (groups === undefined) return;
      await this.#pace.run(this.#replace(this.#files.get(file)?.sources ?? [], groups), signal);
      this.#files.set(file, { fingerprint, sources: groups.map(({ source }) => source), fault: undefined });
    } catch (error) {
      if (codeOf(error) !== undefined || signal.aborted) throw error;
      // Not read again before it changes: it would be as wrong.
      this.#fail(file, fingerprint, error);
    }
  }

  /** Each source is set once: whoever takes changes in between must not find a group gone that is about to be replaced. */
  *#replace(old: readonly string[], groups: readonly TargetGroup[]): Work<void> {
    const present = new Set<string>();
    for (const group of groups) {
      present.add(group.source);
      this.#changes.set(group.source, group);
      yield;
    }
    for (const source of old) {
      if (!present.has(source)) this.#changes.set(source, { source, labels: {}, targets: [] });
      yield;
    }
  }

  async #forget(file: string): Promise<void> {
    await this.#pace.run(this.#replace(this.#files.get(file)?.sources ?? [], []), this.#stopping.signal);
    this.#files.delete(file);
  }

  #fail(file: string, fingerprint: string, error: unknown): void {
    const known = this.#files.get(file);
    const fault = errorMessage(error);
    this.#failures += 1;
    if (known?.fault !== fault) {
      this.#surroundings.logger.warn({ file, error: fault }, 'target file cannot be used; what it said last stays');
    }
    this.#files.set(file, { fingerprint, sources: known?.sources ?? [], fault });
  }
}

/** Of faults of the file system, `ENOENT` and the like, and of processes. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
