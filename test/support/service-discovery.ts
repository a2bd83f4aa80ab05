// The answer of service discovery, as Prometheus reads it.

import assert from 'node:assert/strict';

export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The list at `url`; throws when the answer is none. */
export async function discover(url: string): Promise<readonly TargetGroup[]> {
  const answer = await fetch(url);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  return JSON.parse(text);
}

/** All addresses in the order of the list. */
export function addresses(groups: readonly TargetGroup[]): readonly string[] {
  return groups.flatMap(({ targets }) => targets);
}
