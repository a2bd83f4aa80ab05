// What a mechanism of discovery finds: targets with labels in common, under a name by which they are replaced (Prometheus' targetgroup.Group).
// Labels are those before relabelling. A label with an empty value is no label, and is left out.

import type { Labels } from '@pullway/shared/protocol/announcement';
import type { ObjectNamespaces } from '../targets/object-host.ts';

export interface TargetGroup {
  /** Stable, and unique within its job: `pod/shop/web-1`. A group takes the place of the one before it with the same source. */
  readonly source: string;
  /** Of all targets; a target's own label of the same name comes before it. */
  readonly labels: Labels;
  /** Each with `__address__`. None: what the source stood for is gone, or cannot be scraped now. */
  readonly targets: readonly Labels[];
  /** Absent where no target is named after an object. */
  readonly objects?: NamedObjects;
}

/** The objects after which targets of a group may be named, as far as labels do not tell. */
export interface NamedObjects extends ObjectNamespaces {
  /** Whether `ip` belongs to the pod of that name when this is called: groups follow changes a while later. */
  podHolds(name: string, ip: string): boolean;
}
