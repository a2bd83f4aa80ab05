// The objects from which a group takes labels besides the one that it is made of. Undefined: not known, or not to be used.
// A look-up sees what the job's own watches see: with `namespaces` set, Prometheus looks a pod up only among those of the namespace
// that is being watched, and so must whoever answers here.

import type { Labels } from '@pullway/shared/protocol/announcement';
import { objectLabels, remembered } from './meta-labels.ts';
import type { Node, Pod, Service } from './objects.ts';

export interface RelatedObjects {
  readonly pod: (namespace: string, name: string) => Pod | undefined;
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** Finds none unless `attach_metadata.node` is set. */
  readonly node: (name: string) => Node | undefined;
  /** Whether `pod`, looked up before, still has `ip` when this is called: not only while the group is made. */
  readonly hasAddress: (pod: Pod, ip: string) => boolean;
}

/** What `attach_metadata.node` adds to targets of a node. */
export function attachedNodeLabels(node: Node | undefined): Labels {
  return node === undefined ? {} : labelsOfNode(node);
}

const labelsOfNode = remembered((node: Node) => objectLabels('node', node));
