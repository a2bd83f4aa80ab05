// Tests that hold for whatever value file the chart is rendered with.

import { test } from 'node:test';
import { renderChart, VALUE_FILES } from './chart.ts';
import type { Manifest } from './manifests.ts';
import { requireProgram } from './real-program.ts';

/** A test of `sentence` for each value file of the chart. */
export function holdsForAll(sentence: string, check: (manifests: readonly Manifest[], file: string) => void): void {
  for (const file of VALUE_FILES) {
    test(`${file}: ${sentence}`, async (t) => {
      const helm = requireProgram(t, 'helm');
      if (helm !== undefined) check(await renderChart(helm, { file }), file);
    });
  }
}
