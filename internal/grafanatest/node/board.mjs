// Takes a board apart: its filters, its panels with repeated ones once for each value, and what each shows.
import { data, fieldOptions, transform } from './grafana.mjs';
import { theme as themeOf } from './colors.mjs';
import { Prometheus } from './prometheus.mjs';
import { resolve } from './variables.mjs';
import { read, withDefaults } from './panels.mjs';

const rowHeight = 38; // Pixels of a unit of the grid, with its gap.
const columns = 24;

// readBoard returns what a person reads. now is in milliseconds. watch, if there is one, gets each panel with what it is drawn from.
export async function readBoard({ board, url, variables: picked, theme = 'dark', width = 1440 }, now, watch = () => {}) {
  const faults = [];
  const source = new Prometheus(url);
  const time = range(board.time, now);
  const { variables, filters, queries: variableQueries } = await resolve(board, source, time, picked, faults);
  const panels = [];
  for (const { panel, scope } of expanded(board.panels, variables)) {
    panels.push(await readPanel(panel, scope, { source, time, theme: themeOf(theme), width, watch }));
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

// expanded repeats panels and rows for each value of their variable, and moves what is below.
function expanded(panels, variables) {
  const shown = [];
  let scopes = [variables];
  let moved = 0;
  for (const panel of panels) {
    if (panel.type === 'row') {
      scopes = panel.repeat ? repeated(panel.repeat, variables) : [variables];
      scopes.forEach((scope) => shown.push({ panel, scope }));
      continue;
    }
    for (const scope of scopes) {
      if (!panel.repeat) {
        shown.push({ panel: { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + moved } }, scope });
        continue;
      }
      const values = repeated(panel.repeat, scope);
      const perRow = panel.repeatDirection === 'v' ? 1 : panel.maxPerRow ?? 4;
      const w = panel.repeatDirection === 'v' ? panel.gridPos.w : columns / Math.min(values.length, perRow);
      const { h } = panel.gridPos;
      values.forEach((one, i) => {
        const row = Math.floor(i / perRow);
        shown.push({ panel: { ...panel, gridPos: { x: panel.gridPos.x + (i % perRow) * w, y: panel.gridPos.y + moved + row * h, w, h } }, scope: one });
      });
      moved += (Math.ceil(values.length / perRow) - 1) * h;
    }
  }
  return shown;
}

// repeated are the variables of each repetition. A variable without values repeats once, with none.
function repeated(name, variables) {
  const { each, multi, text: all } = variables.values[name];
  const values = each.length ? each : [{ value: '', text: all === 'All' ? 'All' : 'None' }];
  return values.map(({ value, text }) => variables.with({ [name]: { value, text, multi } }));
}

async function readPanel(panel, variables, { source, time, theme, width, watch }) {
  const faults = [];
  const title = variables.interpolate(panel.title ?? '', {}, 'text');
  const base = { title, type: panel.type, queries: 0, faults, size: `${panel.gridPos?.w}×${panel.gridPos?.h}` };
  if (panel.type === 'row') {
    watch(panel, { title }, {});
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
  const context = { frames: overridden, fieldConfig, interpolate: variables.interpolate, theme, timeZone: 'utc', title, time, ...inner };
  const reading = read(panel, context);
  watch(panel, context, reading);
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

