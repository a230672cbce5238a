// Reads boards as Grafana's front end shows them. In on standard input: {now, requests: [{board, url, variables, theme, width}]};
// out on standard output: a list of readings, one per request.
import { readFileSync } from 'node:fs';

const input = JSON.parse(readFileSync(0, 'utf8'));
const RealDate = Date;
// "An hour ago" must not depend on when the test runs.
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length ? args : [input.now]));
  }

  static now() {
    return input.now;
  }
};
process.env.TZ = 'UTC';
// Standard output is for the readings alone.
console.log = console.info = console.debug = console.warn = console.error;

const { data, fieldOptions, transform } = await import('./grafana.mjs');
const { theme: themeOf } = await import('./colors.mjs');
const { Prometheus } = await import('./prometheus.mjs');
const { resolve } = await import('./variables.mjs');
const { read, withDefaults } = await import('./panels.mjs');

const rowHeight = 38; // Pixels of a unit of the grid, with its gap.
const columns = 24;

async function readBoard({ board, url, variables: picked, theme = 'dark', width = 1440 }) {
  const faults = [];
  const source = new Prometheus(url);
  const time = range(board.time, input.now);
  const { variables, filters, queries: variableQueries } = await resolve(board, source, time, picked, faults);
  const panels = [];
  for (const { panel, scope } of expanded(board.panels, variables)) {
    panels.push(await readPanel(panel, scope, { source, time, theme: themeOf(theme), width }));
  }
  return {
    title: variables.interpolate(board.title, {}, 'text'), uid: board.uid, filters, links: (board.links ?? []).map((l) => describeLink(l, variables)),
    annotations: await annotations(board, source, variables, time, faults),
    queries: panels.reduce((n, p) => n + p.queries, 0), variableQueries, panels, faults,
  };
}

function range({ from, to }, now) {
  const at = (text) => (text === 'now' ? now : data.dateMath.parse(text, false).valueOf());
  const result = { from: at(from), to: at(to) };
  return { ...result, rangeSeconds: Math.round((result.to - result.from) / 1000) };
}

// expanded repeats panels and rows for each value of their variable.
function expanded(panels, variables) {
  const shown = [];
  let row = null;
  const add = (panel, scope) => {
    if (!panel.repeat) {
      shown.push({ panel, scope });
      return;
    }
    const { each, multi } = variables.values[panel.repeat];
    const values = each.length ? each : [{ value: '', text: 'None' }];
    const perRow = panel.repeatDirection === 'v' ? 1 : Math.min(values.length, panel.maxPerRow ?? 4);
    for (const one of values) {
      shown.push({
        panel: { ...panel, gridPos: { ...panel.gridPos, w: panel.repeatDirection === 'v' ? panel.gridPos.w : columns / perRow } },
        scope: scope.with({ [panel.repeat]: { value: one.value, text: one.text, multi } }),
      });
    }
  };
  for (const panel of panels) {
    if (panel.type === 'row') {
      row = { panel, scopes: [variables] };
      if (panel.repeat) {
        const { each, multi } = variables.values[panel.repeat];
        row.scopes = each.map((one) => variables.with({ [panel.repeat]: { value: one.value, text: one.text, multi } }));
      }
      shown.push(...row.scopes.map((scope) => ({ panel, scope })));
      continue;
    }
    (row?.scopes ?? [variables]).forEach((scope) => add(panel, scope));
  }
  return shown;
}

async function readPanel(panel, variables, { source, time, theme, width }) {
  const faults = [];
  const title = variables.interpolate(panel.title ?? '', {}, 'text');
  const base = { title, type: panel.type, queries: 0, faults, size: `${panel.gridPos?.w}×${panel.gridPos?.h}` };
  if (panel.type === 'row') {
    return { ...base, names: [], texts: [], lines: panel.collapsed ? [`(collapsed, with ${panel.panels.length} panels)`] : [] };
  }
  const inner = { width: (panel.gridPos.w / columns) * (width - 24) - 24, height: panel.gridPos.h * rowHeight - 8 - 41 };
  const targets = panel.targets ?? [];
  const asked = targets.filter((t) => !t.hide && t.expr);
  const fieldConfig = withDefaults(panel);
  const frames = asked.length ? await source.frames(targets, variables, time, inner.width, faults) : [];
  const transformed = transform(panel.transformations, frames, (text) => variables.interpolate(text), faults);
  const overridden = data.applyFieldOverrides({
    data: transformed, fieldConfig, replaceVariables: variables.interpolate, theme, timeZone: 'utc', fieldConfigRegistry: fieldOptions(fieldConfig, faults),
  });
  const reading = read(panel, { frames: overridden, fieldConfig, interpolate: variables.interpolate, theme, timeZone: 'utc', title, ...inner });
  delete reading.values;
  const links = (panel.links ?? []).map((l) => describeLink(l, variables));
  // What is said to be missing may be there now.
  let now = 0;
  if (reading.message !== undefined) {
    const instant = await source.frames(asked.map((t) => ({ ...t, instant: true, range: false })), variables, time, inner.width, []);
    now = instant.reduce((n, f) => n + f.length, 0);
  }
  return { ...base, ...reading, links, instantValues: now, queries: asked.length, expressions: asked.map((t) => variables.interpolate(t.expr)) };
}

function describeLink(l, variables) {
  const where = l.type === 'dashboards' ? `boards tagged ${l.tags.join(', ')}` : variables.interpolate(l.url, {}, 'percentencode');
  return `${variables.interpolate(l.title, {}, 'text')} -> ${where}`;
}

// annotations are the texts of the events that a board marks in its graphs.
async function annotations(board, source, variables, time, faults) {
  const found = [];
  for (const a of (board.annotations?.list ?? []).filter((one) => one.expr)) {
    const step = a.step ? data.rangeUtil.intervalToSeconds(a.step) : 60;
    const target = { refId: 'Anno', expr: a.expr, format: 'time_series', legendFormat: a.titleFormat ?? '', instant: false, interval: `${step}s` };
    const frames = await source.frames([target], variables, time, 1e9 / 60, faults);
    const texts = new Set(frames.filter((f) => f.length).map((f) => {
      const labels = f.fields[1].labels;
      const fill = (format) => (format ?? '').replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => labels[label] ?? '');
      return [fill(a.titleFormat), fill(a.textFormat)].filter(Boolean).join(': ');
    }));
    found.push({ name: a.name, on: a.enable !== false, texts: [...texts].sort() });
  }
  return found;
}

const readings = [];
for (const request of input.requests) {
  readings.push(await readBoard(request));
}
process.stdout.write(JSON.stringify(readings));
