// The dashboards as Grafana wants them; there is no Grafana here to say so. What their queries ask for is live.test.ts's business.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDashboards, type Dashboard, type Panel } from './mixin-files.ts';

/** Grafana's grid. */
const COLUMNS = 24;

/** Of Grafana 10.3; later ones read it. */
const SCHEMA_VERSION = 39;

const DATASOURCE = '${datasource}';

const dashboards = await readDashboards();

test('there is one for the fleet and one for a cluster, with the variables that they need', () => {
  const variables = dashboards.map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]);
  assert.deepEqual(Object.fromEntries(variables), {
    'pullway-fleet': ['datasource', 'proxy'],
    'pullway-cluster': ['datasource', 'cluster', 'proxy'],
  });
});

for (const dashboard of dashboards) {
  const { uid, schemaVersion } = dashboard;
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test(`${uid}: panels have ids of their own and places that do not overlap`, () => {
    assert.equal(schemaVersion, SCHEMA_VERSION);
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    const cells = new Map<string, string>();
    for (const panel of dashboard.panels) {
      const { x, w } = panel.gridPos;
      assert.ok(x >= 0 && w > 0 && x + w <= COLUMNS, panel.title);
      for (const cell of cellsOf(panel)) {
        assert.equal(cells.get(cell), undefined, `${panel.title} overlaps ${cells.get(cell)}`);
        cells.set(cell, panel.title);
      }
    }
  });

  test(`${uid}: rows come from top to bottom, and each has panels`, () => {
    const tops = dashboard.panels.map(({ gridPos }) => gridPos.y);
    assert.deepEqual(
      tops,
      tops.toSorted((a, b) => a - b),
    );
    const types = dashboard.panels.map(({ type }) => type);
    assert.equal(types[0], 'row');
    types.forEach((type, index) => assert.ok(type !== 'row' || (types[index + 1] ?? 'row') !== 'row'));
  });

  test(`${uid}: each panel says what it shows, in which unit, from the data source that was chosen`, () => {
    for (const { title, description, datasource, targets = [], fieldConfig, type } of panels) {
      assert.match(description ?? '', /^\S.*\.$/, title);
      assert.equal(datasource?.uid, DATASOURCE, title);
      assert.ok(type === 'table' || fieldConfig?.defaults.unit !== undefined, `${title} has a unit`);
      assert.ok(targets.length > 0, title);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
      for (const target of targets) {
        assert.equal(target.datasource.uid, DATASOURCE, title);
        assert.notEqual(target.expr.trim(), '', title);
        assert.ok(target.format === 'table' || target.legendFormat !== '', `${title} has legends`);
      }
    }
  });

  test(`${uid}: titles are not used twice in a row, and every variable is used`, () => {
    for (const titles of titlesByRow(dashboard)) assert.equal(new Set(titles).size, titles.length, titles.join());
    const queries = JSON.stringify(panels);
    for (const { name, datasource, type } of dashboard.templating.list) {
      assert.ok(queries.includes(`$${name}`) || queries.includes(`\${${name}}`), name);
      assert.ok(type === 'datasource' || datasource?.uid === DATASOURCE, name);
    }
  });
}

function cellsOf({ gridPos }: Panel): readonly string[] {
  const { x, y, w, h } = gridPos;
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`);
}

function titlesByRow({ panels }: Dashboard): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const { type, title } of panels) {
    if (type === 'row') rows.push([]);
    else rows.at(-1)?.push(title);
  }
  return rows;
}
