// What the dashboards are made of: panels, rows, variables, and where each stands. Plain JSON of Grafana 10.3 and later.
local datasource = { type: 'prometheus', uid: '${datasource}' };

local WIDTH = 24;

// Panels of a row from left to right, in lines of 24 columns; every panel has its `width` and `height`.
local place(panels, top) =
  std.foldl(
    function(state, panel)
      local fits = state.x + panel.width <= WIDTH;
      local x = if fits then state.x else 0;
      local y = if fits then state.y else state.bottom;
      {
        x: x + panel.width,
        y: y,
        bottom: std.max(state.bottom, y + panel.height),
        placed: state.placed + [panel.json { gridPos: { x: x, y: y, w: panel.width, h: panel.height } }],
      },
    panels,
    { x: 0, y: top, bottom: top, placed: [] }
  );

local stack(rows) =
  std.foldl(
    function(state, row)
      local body = place(row.panels, state.top + 1);
      local header = {
        type: 'row',
        title: row.title,
        collapsed: false,
        panels: [],
        gridPos: { x: 0, y: state.top, w: WIDTH, h: 1 },
      };
      { top: body.bottom, panels: state.panels + [header] + body.placed },
    rows,
    { top: 0, panels: [] }
  ).panels;

local target(index, query) = {
  refId: std.char(std.codepoint('A') + index),
  datasource: datasource,
  expr: query.expr,
  legendFormat: if std.objectHas(query, 'legend') then query.legend else '__auto',
};

local targets(queries) = std.mapWithIndex(target, queries);

local thresholds(steps) = {
  mode: 'absolute',
  steps: [{ color: 'green', value: null }] + steps,
};

{
  query(expr, legend):: { expr: expr, legend: legend },

  // Thresholds at which more is worse.
  worseAbove(warning, critical):: thresholds([{ color: 'orange', value: warning }, { color: 'red', value: critical }]),
  redBelow(limit):: {
    mode: 'absolute',
    steps: [{ color: 'red', value: null }, { color: 'green', value: limit }],
  },

  stat(title, description, unit, queries, options={}):: {
    width: 4,
    height: 4,
    json: {
      type: 'stat',
      title: title,
      description: description,
      datasource: datasource,
      targets: [target { instant: true, range: false } for target in targets(queries)],
      fieldConfig: {
        defaults: {
          unit: unit,
          color: { mode: 'thresholds' },
          thresholds: std.get(options, 'thresholds', thresholds([])),
          noValue: std.get(options, 'noValue', '–'),
        },
        overrides: [],
      },
      options: {
        colorMode: 'value',
        graphMode: 'none',
        justifyMode: 'auto',
        orientation: 'auto',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        textMode: 'auto',
      },
    },
  },

  series(title, description, unit, queries, options={}):: {
    width: std.get(options, 'width', 8),
    height: 8,
    json: {
      type: 'timeseries',
      title: title,
      description: description,
      datasource: datasource,
      targets: [target { range: true } for target in targets(queries)],
      fieldConfig: {
        defaults: {
          unit: unit,
          min: 0,
          color: { mode: 'palette-classic' },
          custom: {
            drawStyle: 'line',
            lineWidth: 1,
            fillOpacity: if std.get(options, 'stacked', false) then 30 else 10,
            showPoints: 'never',
            spanNulls: false,
            stacking: { mode: if std.get(options, 'stacked', false) then 'normal' else 'none', group: 'A' },
          },
        } + (if std.objectHas(options, 'max') then { max: options.max } else {}),
        overrides: [],
      },
      options: {
        legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['lastNotNull', 'max'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  },

  // One line for each combination of the labels by which the queries group. `columns` are { title, unit } in the order of the queries, or null for
  // a query that is there for its labels. `options.links` gives a column that is a label a link.
  table(title, description, queries, columns, options={})::
    local valueOf(index) = if std.length(queries) == 1 then 'Value' else 'Value #' + std.char(std.codepoint('A') + index);
    local indices = std.range(0, std.length(columns) - 1);
    {
      width: std.get(options, 'width', WIDTH),
      height: std.get(options, 'height', 8),
      json: {
        type: 'table',
        title: title,
        description: description,
        datasource: datasource,
        targets: [target { instant: true, range: false, format: 'table' } for target in targets(queries)],
        transformations: [
          { id: 'merge', options: {} },
          {
            id: 'organize',
            options: {
              excludeByName: { Time: true } + { [valueOf(index)]: true for index in indices if columns[index] == null },
              renameByName: { [valueOf(index)]: columns[index].title for index in indices if columns[index] != null },
            },
          },
        ],
        fieldConfig: {
          defaults: { custom: { align: 'auto', filterable: true } },
          overrides: [
            {
              matcher: { id: 'byName', options: column.title },
              properties: [{ id: 'unit', value: column.unit }],
            }
            for column in columns
            if column != null
          ] + [
            {
              matcher: { id: 'byName', options: link.label },
              properties: [{ id: 'links', value: [{ title: link.title, url: link.url }] }],
            }
            for link in std.get(options, 'links', [])
          ],
        },
        options: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], fields: '' } },
      },
    },

  row(title, panels):: { title: title, panels: panels },

  // A variable whose values Prometheus knows.
  labelValues(name, label, query, multi=true):: {
    name: name,
    label: label,
    type: 'query',
    datasource: datasource,
    definition: query,
    query: { qryType: 1, query: query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    refresh: 2,
    sort: 1,
    multi: multi,
    includeAll: true,
    allValue: '.*',
    current: { selected: true, text: if multi then ['All'] else 'All', value: if multi then ['$__all'] else '$__all' },
    options: [],
    regex: '',
    hide: 0,
    skipUrlSync: false,
  },

  dashboard(uid, title, description, config, variables, rows):: {
    uid: uid,
    title: title,
    description: description,
    tags: config.dashboards.tags,
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: config.dashboards.refresh,
    time: { from: config.dashboards.from, to: 'now' },
    timezone: 'browser',
    weekStart: '',
    annotations: { list: [] },
    links: [{
      type: 'dashboards',
      title: 'Pullway',
      tags: config.dashboards.tags,
      asDropdown: true,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      icon: 'external link',
      tooltip: '',
      url: '',
    }],
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          refresh: 1,
          multi: false,
          includeAll: false,
          current: {},
          options: [],
          regex: '',
          hide: 0,
          skipUrlSync: false,
        },
      ] + variables,
    },
    panels: std.mapWithIndex(function(index, panel) panel { id: index + 1 }, stack(rows)),
  },
}
