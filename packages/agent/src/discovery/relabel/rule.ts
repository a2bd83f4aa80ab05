// A relabelling rule as Prometheus has it (model/relabel/relabel.go), checked and ready to be applied. Plain data.

import type { LabelPattern } from './label-pattern.ts';

export type RelabelRule =
  | {
      readonly action: 'replace';
      readonly source: Source;
      readonly pattern: LabelPattern;
      /** May hold references to groups. */
      readonly targetLabel: string;
      readonly replacement: string;
    }
  | { readonly action: 'keep' | 'drop'; readonly source: Source; readonly pattern: LabelPattern }
  | { readonly action: 'keepequal' | 'dropequal'; readonly source: Source; readonly targetLabel: string }
  | { readonly action: 'lowercase' | 'uppercase'; readonly source: Source; readonly targetLabel: string }
  | { readonly action: 'hashmod'; readonly source: Source; readonly targetLabel: string; readonly modulus: bigint }
  | { readonly action: 'labelmap'; readonly pattern: LabelPattern; readonly replacement: string }
  | { readonly action: 'labeldrop' | 'labelkeep'; readonly pattern: LabelPattern };

/** Labels whose values, joined, are what a rule looks at. */
export interface Source {
  readonly labels: readonly string[];
  readonly separator: string;
}
