// What a person reads in a panel: names, texts and colours, by its type. Each reading has
//   names     what series, values, rows and columns are called
//   texts     every value as it is written
//   lines     the golden's lines
//   message   what the panel says in place of its data; undefined if it shows any
import { data } from './grafana.mjs';
import { colorName } from './colors.mjs';

// What Grafana takes where a panel says nothing.
const colorModes = {
  timeseries: 'palette-classic', barchart: 'palette-classic', piechart: 'palette-classic', 'state-timeline': 'continuous-GrYlRd',
};

export function withDefaults(panel) {
  const defaults = structuredClone(panel.fieldConfig?.defaults ?? {});
  const overrides = structuredClone(panel.fieldConfig?.overrides ?? []);
  defaults.color ??= { mode: colorModes[panel.type] ?? 'thresholds' };
  defaults.thresholds ??= { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 80, color: 'red' }] };
  for (const thresholds of [defaults.thresholds, ...overrides.flatMap((o) => o.properties).filter((p) => p.id === 'thresholds').map((p) => p.value)]) {
    if (thresholds?.steps?.length) {
      thresholds.steps[0].value = -Infinity;
    }
  }
  return { defaults, overrides };
}

const readers = {
  stat: readStat, gauge: readGauge, bargauge: readGauge, table: readTable, timeseries: readGraph, 'state-timeline': readTimeline,
  'status-history': readTimeline, text: readText,
};

export function read(panel, context) {
  const reader = readers[panel.type];
  if (!reader) {
    return { names: [], texts: [], lines: [`(a ${panel.type} is not read)`] };
  }
  return reader(panel, context);
}

// poorContrast says which colours cannot be read: the text that Grafana puts on a background, by the background's brightness, or a text
// in that colour on the panel itself.
function poorContrast(colors, onBackground, theme) {
  const found = [];
  for (const color of new Set(colors.filter(Boolean))) {
    const [r, g, b, alpha = 1] = data.colorManipulator.decomposeColor(color).values;
    if (alpha < 0.3) continue;
    const bright = (r * 299 + g * 587 + b * 114) / 1000 > 180;
    const ratio = onBackground
      ? data.colorManipulator.getContrastRatio(bright ? 'rgb(32, 34, 38)' : 'rgb(247, 248, 250)', color)
      : data.colorManipulator.getContrastRatio(color, theme.colors.background.primary);
    if (ratio < 4.5) {
      found.push(`${onBackground ? 'text on ' : ''}${colorName(color)} has a contrast of ${ratio.toFixed(1)}:1`);
    }
  }
  return found;
}

const written = (display) => data.formattedValueToString(display);

function nothing({ message, lines = [] }) {
  return { names: [], texts: [], lines: [...lines, `(${message || 'empty'})`], message };
}

const isEmpty = (frames) => frames.every((f) => f.length === 0);

function values(panel, { frames, fieldConfig, interpolate, theme, timeZone }) {
  const options = panel.options;
  return data.getFieldDisplayValues({
    fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: interpolate, theme, data: frames, timeZone,
    sparkline: Boolean(options.graphMode && options.graphMode !== 'none'), percentChange: options.showPercentChange,
  });
}

function readStat(panel, context) {
  const shown = values(panel, context);
  const { options } = panel;
  if (isEmpty(context.frames)) {
    return nothing({ message: written(shown[0].display), lines: [] });
  }
  let mode = options.textMode ?? 'auto';
  if (mode === 'auto' && (context.fieldConfig.defaults.displayName || !context.title)) {
    mode = 'value_and_name';
  }
  if (mode === 'auto') {
    mode = shown.length === 1 ? 'value' : 'value_and_name';
  }
  const named = mode === 'value_and_name' || mode === 'name';
  const lines = shown.map((v) => {
    const parts = [];
    if (named) parts.push(`${v.display.title}:`);
    if (mode !== 'name' && mode !== 'none') parts.push(written(v.display));
    if (v.display.percentChange !== undefined) parts.push(`(change ${(v.display.percentChange * 100).toFixed(1)} %)`);
    parts.push(painted(v.display.color, options.colorMode ?? 'value'));
    if (v.sparkline?.x && v.sparkline.y.values.length > 1) parts.push(`sparkline of ${v.sparkline.y.values.length}`);
    return parts.filter(Boolean).join(' ') + link(v.getLinks?.());
  });
  return {
    names: named ? shown.map((v) => v.display.title ?? '') : [], texts: shown.map((v) => written(v.display)), lines,
    poor: options.colorMode === 'none' ? [] : poorContrast(shown.map((v) => v.display.color), (options.colorMode ?? 'value').startsWith('background'), context.theme),
  };
}

function painted(color, mode) {
  switch (mode) {
    case 'background': case 'background_solid': return `[on ${colorName(color)}]`;
    case 'none': return '';
    default: return `[${colorName(color)}]`;
  }
}

function readGauge(panel, context) {
  const shown = values(panel, context);
  if (shown.length === 1 && !context.fieldConfig.defaults.displayName) {
    shown[0].display.title = undefined;
  }
  if (isEmpty(context.frames)) {
    return nothing({ message: written(shown[0].display) });
  }
  return {
    names: shown.map((v) => v.display.title ?? ''), texts: shown.map((v) => written(v.display)),
    lines: shown.map((v) => {
      const { min, max } = v.field;
      const filled = max > min ? Math.round(Math.min(1, Math.max(0, (v.display.numeric - min) / (max - min))) * 100) : 0;
      return `${v.display.title ? v.display.title + ': ' : ''}${written(v.display)} [${colorName(v.display.color)}] filled ${filled} %` + link(v.getLinks?.());
    }),
  };
}

// A link as a golden has it: … stands for the same data source and times.
function link(links) {
  return (links ?? []).map((l) => ` -> ${l.href.replace(/&var-datasource=prometheus&from=[^&]+&to=now/, '&…')}`).join('');
}

function readGraph(panel, context) {
  const { frames, fieldConfig, theme } = context;
  const graphed = frames.filter((f) => f.length > 0 && f.fields.some((x) => x.type === 'time') && f.fields.some((x) => x.type === 'number'));
  if (graphed.length === 0) {
    return nothing({ message: isEmpty(frames) ? (fieldConfig.defaults.noValue ?? 'No data') : 'Data is missing a time field' });
  }
  const names = [];
  const texts = [];
  const lines = [];
  const showsLegend = panel.options.legend?.showLegend !== false;
  for (const frame of graphed) {
    for (const field of frame.fields.filter((f) => f.type === 'number')) {
      const custom = field.config.custom ?? {};
      if (custom.hideFrom?.viz) continue;
      const name = data.getFieldDisplayName(field, frame, frames);
      const color = colorName(data.getFieldSeriesColor(field, theme).color);
      const present = field.values.filter((v) => v != null && !Number.isNaN(v));
      const text = present.length ? written(field.display(present.at(-1))) : '';
      const style = custom.lineStyle?.fill && custom.lineStyle.fill !== 'solid' ? `, ${custom.lineStyle.fill} ${(custom.lineStyle.dash ?? []).join(' ')}` : '';
      const legend = showsLegend && !custom.hideFrom?.legend ? '' : ', not in the legend';
      names.push(name);
      texts.push(text);
      lines.push(`${name}: … ${text} [${color}${style}${custom.lineWidth === 0 ? ', no line' : ''}${legend}] ${present.length} points`);
    }
  }
  return { names, texts, lines };
}

function readTimeline(panel, context) {
  const { frames, fieldConfig } = context;
  const merge = panel.options.mergeValues ?? true;
  const names = [];
  const texts = [];
  const lines = [];
  for (const frame of frames) {
    const time = frame.fields.find((f) => f.type === 'time' && typeof f.values[0] === 'number');
    if (!time) continue;
    for (const field of frame.fields.filter((f) => f !== time && f.type !== 'time')) {
      const name = data.getFieldDisplayName(field, frame, frames);
      names.push(name);
      const shown = panel.type === 'state-timeline' && merge && field.type === 'number' && field.config.color?.mode === 'thresholds' && field.config.thresholds?.steps.length
        ? byThresholds(field, context.theme) : (v) => ({ text: written(field.display(v)), color: field.display(v).color });
      const runs = [];
      for (const cell of cells(time.values, field.values)) {
        const { text, color } = cell.value == null ? { text: '(gap)' } : shown(cell.value);
        const label = cell.value == null ? text : `${text} [${colorName(color)}]`;
        if (cell.value != null && !texts.includes(text)) texts.push(text);
        if (runs.at(-1)?.label === label) {
          runs.at(-1).n += cell.n;
        } else {
          runs.push({ label, n: cell.n });
        }
      }
      lines.push(`${name}: ${runs.map((r) => `${r.label} ×${r.n}`).join(', ')}`);
    }
  }
  if (names.length === 0) {
    return nothing({ message: frames.length ? 'Data does not have a time field' : (fieldConfig.defaults.noValue ?? 'No data') });
  }
  return { names, texts, lines };
}

// cells are the values with the gaps between them, by the smallest distance of two.
function cells(times, list) {
  const step = Math.min(...times.slice(1).map((t, i) => t - times[i]));
  return list.flatMap((value, i) => {
    const missing = i ? Math.round((times[i] - times[i - 1]) / step) - 1 : 0;
    return missing > 0 ? [{ value: null, n: missing }, { value, n: 1 }] : [{ value, n: 1 }];
  });
}

// byThresholds is what a state timeline that merges values writes for a field coloured by thresholds: not the value and not
// its mapping, but the threshold. Behaviour of mergeThresholdValues in public/app/core/components/TimelineChart/utils.ts.
function byThresholds(field, theme) {
  const { steps } = field.config.thresholds;
  const format = data.getValueFormat(field.config.unit ?? '');
  const text = (value) => data.formattedValueToString(format(value, field.config.decimals ?? undefined));
  return (value) => {
    const active = data.getActiveThreshold(value, steps);
    const i = steps.indexOf(active);
    const lowest = active.value === -Infinity && i < steps.length - 1;
    return { text: lowest ? `< ${text(steps[i + 1].value)}` : `${text(active.value)}+`, color: theme.visualization.getColorByName(active.color) };
  };
}

function readTable(panel, context) {
  const { frames, fieldConfig, width, height } = context;
  if (!frames.some((f) => f.fields.length > 0)) {
    return nothing({ message: fieldConfig.defaults.noValue ?? 'No data' });
  }
  const chosen = panel.options.frameIndex ?? 0;
  const frame = frames[chosen > 0 && chosen < frames.length ? chosen : 0];
  const columns = frame.fields.filter((f) => !f.config.custom?.hideFrom?.viz).map((field) => ({
    field, name: data.getFieldDisplayName(field, frame, frames),
  }));
  const names = columns.map((c) => c.name);
  const order = sortedRows(panel, columns, frame.length);
  const backgrounds = [];
  const letters = [];
  const cell = ({ field }, row) => {
    const value = field.values[row];
    if (field.type === 'frame') {
      return value ? `sparkline of ${value.length}` : '';
    }
    const shown = field.display(value);
    const type = field.config.custom?.cellOptions?.type ?? 'auto';
    const text = value == null && shown.text === '' ? '' : written(shown);
    const colored = /color|gauge/.test(type) && value != null ? ` [${type === 'color-background' ? 'on ' : ''}${colorName(shown.color)}]` : '';
    const links = field.getLinks?.({ valueRowIndex: row }) ?? [];
    if (text !== '' && /color/.test(type)) (type === 'color-background' ? backgrounds : letters).push(shown.color);
    return { text, line: text + colored + (text === '' ? '' : link(links)) };
  };
  const rows = order.map((row) => columns.map((c) => cell(c, row)));
  const hidden = columnsOffScreen(columns, width);
  const header = panel.options.showHeader === false ? 0 : 36;
  const visibleRows = Math.floor((height - header - (frames.length > 1 ? 40 : 0)) / (panel.options.cellHeight === 'md' ? 42 : panel.options.cellHeight === 'lg' ? 48 : 36));
  const lines = [];
  if (frames.length > 1) {
    lines.push(`(the first of ${frames.length} tables, others to pick: ${frames.map((f) => data.getFrameDisplayName(f)).join(', ')})`);
  }
  if (panel.options.showHeader !== false) {
    lines.push(names.join(' | '));
  }
  rows.forEach((row, i) => {
    if (i === visibleRows) lines.push('- - - below: by scrolling - - -');
    lines.push(row.map((c) => c.line ?? c).join(' | '));
  });
  if (hidden.length) {
    lines.push(`(by scrolling sideways: ${hidden.join(', ')})`);
  }
  const message = rows.length === 0 ? (fieldConfig.defaults.noValue ?? 'No data') : undefined;
  if (message) {
    lines.push(`(${message})`);
  }
  const cells = rows.map((row) => row.map((c) => c.text ?? c));
  return {
    names, texts: [...new Set(cells.flat())], rows: cells, lines, message, hidden, below: Math.max(0, rows.length - visibleRows),
    poor: [...poorContrast(backgrounds, true, context.theme), ...poorContrast(letters, false, context.theme)],
  };
}

function sortedRows(panel, columns, length) {
  const rows = Array.from({ length }, (_, i) => i);
  const sort = panel.options.sortBy?.[0];
  const by = sort && columns.find((c) => c.name === sort.displayName)?.field;
  if (!by) {
    return rows;
  }
  const direction = sort.desc ? -1 : 1;
  return rows.sort((a, b) => {
    const [x, y] = [by.values[a], by.values[b]];
    return direction * (by.type === 'number' ? (x ?? -Infinity) - (y ?? -Infinity) : String(x ?? '').localeCompare(String(y ?? '')));
  });
}

// columnsOffScreen are the columns that are reached only by scrolling sideways.
function columnsOffScreen(columns, width) {
  const widths = columns.map(({ field }) => field.config.custom?.width ?? 0);
  const free = width - widths.reduce((a, b) => a + b, 0);
  const auto = widths.filter((w) => w === 0).length;
  let x = 0;
  return columns.filter(({ field }, i) => {
    x += widths[i] || Math.max(free / auto, field.config.custom?.minWidth ?? 150);
    return x > width + 1;
  }).map((c) => c.name);
}

function readText(panel, { interpolate }) {
  const content = interpolate(panel.options.content ?? '', {}, panel.options.mode === 'html' ? 'html' : 'glob');
  return { names: [], texts: [content], lines: content.split('\n') };
}
