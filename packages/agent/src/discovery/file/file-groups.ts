// The content of a JSON file of `file_sd_configs`: a list of targets with labels (discovery/file/file.go). Checked by hand, since zod weighs
// megabytes that an agent with nothing but such files does without, and takes its time with thousands of groups.

import { ConfigError, didYouMean, type Fault } from '@pullway/shared/config/faults';
import type { Labels } from '@pullway/shared/protocol/announcement';
import { errorMessage } from '@pullway/shared/runtime/logger';
import type { Work } from '@pullway/shared/runtime/pace';

/** As it is written down; without labels that have no value. */
export interface FileGroup {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** Faults that are told of one file: a wrong program writes the same one thousands of times. */
const MAX_FAULTS = 10;

const FIELDS = ['targets', 'labels'];

/** Whether `file` is JSON by its ending; YAML otherwise. */
export function isJson(file: string): boolean {
  return /\.json$/i.test(file);
}

/** @throws ConfigError with the first faults. */
export function* parseJsonGroups(text: string, file: string): Work<readonly FileGroup[]> {
  const reader = new GroupReader(file);
  // To Go `null` is whatever stands for nothing: no groups, no targets, an empty label.
  const content = parseJson(text, file) ?? [];
  if (!Array.isArray(content)) throw new ConfigError([{ file, message: 'must be a list of groups' }]);
  const groups: FileGroup[] = [];
  for (const [index, item] of content.entries()) groups.push(yield* reader.read(item, `[${index}]`));
  if (reader.faults.length > 0) throw new ConfigError(reader.faults);
  return groups;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError([{ file, message: errorMessage(cause) }], { cause });
  }
}

class GroupReader {
  readonly faults: Fault[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** One group; what is wrong with it is among the faults then. */
  *read(item: unknown, place: string): Work<FileGroup> {
    yield;
    const fields = this.#fields(item, place, 'must be a group with targets and labels');
    for (const [name] of fields) {
      if (!FIELDS.includes(name)) this.#fault(`${place}: unknown field ${name}${didYouMean(name, FIELDS)}`);
    }
    const { targets, labels } = Object.fromEntries(fields);
    return { targets: yield* this.#targets(targets ?? [], place), labels: this.#labels(labels ?? {}, place) };
  }

  *#targets(value: unknown, place: string): Work<readonly string[]> {
    if (!Array.isArray(value)) {
      this.#fault(`${place}.targets: must be a list of targets`);
      return [];
    }
    const targets: string[] = [];
    for (const [index, target] of value.entries()) {
      if (typeof target === 'string') targets.push(target);
      else this.#fault(`${place}.targets[${index}]: must be text; put it in quotes`);
      yield;
    }
    return targets;
  }

  #labels(value: unknown, place: string): Labels {
    const labels: Record<string, string> = {};
    for (const [name, text] of this.#fields(value, `${place}.labels`, 'must be labels with their values')) {
      if (typeof text === 'string') labels[name] = text;
      else if (text === null) continue;
      // As in Prometheus, which takes no number either: 1.10 could only become 1.1.
      else this.#fault(`${place}.labels.${name}: must be text; put it in quotes`);
    }
    return labels;
  }

  #fields(value: unknown, place: string, message: string): readonly (readonly [string, unknown])[] {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
    this.#fault(`${place}: ${message}`);
    return [];
  }

  #fault(message: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ file: this.#file, message });
  }
}
