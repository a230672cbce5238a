// Draws a board with the components that Grafana publishes, from the same frames that the tests read. What is not published is
// drawn as Grafana does: the grid, the filters, and state timelines. window.request is {board, url, now, variables, theme, width}.
import React from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import { BarGauge, BigValue, Gauge, GlobalStyles, PanelChrome, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { data } from '../node/grafana.mjs';
import { readBoard } from '../node/board.mjs';
import { theme as themeOf } from '../node/colors.mjs';

const { request } = window;
const gap = 8;
const unit = 38; // Pixels of a row of the grid, with its gap.
const phone = request.width < 768; // Where Grafana puts every panel below the other.

function timeRange({ from, to }) {
  const range = { from: data.dateTime(from), to: data.dateTime(to) };
  return { ...range, raw: range };
}

function fieldValues({ options }, context, more) {
  return data.getFieldDisplayValues({
    fieldConfig: context.fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: context.interpolate, theme: context.theme,
    data: context.frames, timeZone: 'utc', ...more,
  });
}

function Stat({ panel, context, width, height }) {
  const { options } = panel;
  const named = (options.textMode ?? 'auto') === 'auto' && (context.fieldConfig.defaults.displayName || !context.title);
  return (
    <VizRepeater
      getValues={() => fieldValues(panel, context, { sparkline: options.graphMode !== 'none', percentChange: options.showPercentChange })}
      getAlignmentFactors={data.getDisplayValueAlignmentFactors} width={width} height={height} source={context.frames} itemSpacing={3}
      renderCounter={0} autoGrid orientation={options.orientation}
      renderValue={({ value, alignmentFactors, width: w, height: h, count }) => {
        if (value.sparkline) {
          value.sparkline.timeRange = timeRange(context.time);
        }
        return (
          <BigValue
            value={value.display} count={count} sparkline={value.sparkline} colorMode={options.colorMode} graphMode={options.graphMode}
            justifyMode={options.justifyMode} textMode={named ? 'value_and_name' : options.textMode} alignmentFactors={alignmentFactors}
            parentOrientation={options.orientation} text={options.text} width={w} height={h} theme={context.theme} disableWideLayout={options.wideLayout === false}
          />
        );
      }}
    />
  );
}

function Bars({ panel, context, width, height }) {
  const { options } = panel;
  const getValues = () => {
    const values = fieldValues(panel, context);
    if (values.length === 1 && !context.fieldConfig.defaults.displayName) {
      values[0].display.title = undefined;
    }
    return values;
  };
  return (
    <VizRepeater
      getValues={getValues} getAlignmentFactors={data.getDisplayValueAlignmentFactors} width={width} height={height} source={context.frames}
      itemSpacing={10} renderCounter={0} orientation={options.orientation} minVizHeight={options.minVizHeight ?? 10}
      minVizWidth={options.minVizWidth ?? 0} maxVizHeight={options.sizing === 'auto' ? 300 : options.maxVizHeight}
      renderValue={({ value, alignmentFactors, width: w, height: h, orientation }) => {
        const common = { value: value.display, width: w, height: h, field: value.field, text: options.text, theme: context.theme, orientation };
        if (panel.type === 'gauge') {
          return <Gauge {...common} showThresholdLabels={options.showThresholdLabels} showThresholdMarkers={options.showThresholdMarkers} />;
        }
        return (
          <BarGauge
            {...common} display={value.view?.getFieldDisplayProcessor(value.colIndex)} itemSpacing={10} lcdCellWidth={12}
            displayMode={options.displayMode} alignmentFactors={alignmentFactors} showUnfilled={options.showUnfilled}
            valueDisplayMode={options.valueMode} namePlacement={options.namePlacement}
          />
        );
      }}
    />
  );
}

function Table({ panel, context, width, height }) {
  const { options } = panel;
  return (
    <TableNG
      data={context.frames[options.frameIndex ?? 0] ?? context.frames[0]} width={width} height={height} noHeader={!options.showHeader}
      cellHeight={options.cellHeight} initialSortBy={options.sortBy} fieldConfig={context.fieldConfig} timeRange={timeRange(context.time)}
      getActions={() => []} structureRev={1}
    />
  );
}

function Graph({ panel, context, width, height }) {
  const frames = context.frames.filter((f) => f.length > 0 && f.fields.some((x) => x.type === 'number'));
  frames.forEach((frame, frameIndex) => frame.fields.forEach((field, fieldIndex) => {
    field.state.origin = { frameIndex, fieldIndex };
  }));
  return (
    <TimeSeries
      frames={frames} structureRev={1} timeRange={timeRange(context.time)} timeZone="utc" width={width} height={height}
      legend={panel.options.legend} replaceVariables={context.interpolate} tweakScale={(scale) => scale} options={panel.options}
    />
  );
}

// spansOf are the stretches of time in which a field says the same.
function spansOf(field, times, { from, to }) {
  const step = Math.min(...times.slice(1).map((t, i) => t - times[i]), to - from);
  const spans = [];
  field.values.forEach((value, i) => {
    if (value == null) {
      return;
    }
    const shown = field.display(value);
    const text = data.formattedValueToString(shown);
    const follows = times[i + 1] - times[i] < 1.5 * step;
    const end = Math.min(to, follows ? times[i + 1] : times[i] + step);
    const last = spans.at(-1);
    if (last?.text === text && last.end >= times[i]) {
      last.end = end;
    } else {
      spans.push({ text, color: shown.color, start: Math.max(from, times[i]), end });
    }
  });
  return spans;
}

function Timeline({ context, width, height }) {
  const { time, theme, frames } = context;
  const fields = frames.flatMap((frame) => frame.fields.filter((f) => f.type !== 'time').map((field) => ({ frame, field })));
  const names = fields.map(({ frame, field }) => data.getFieldDisplayName(field, frame, frames));
  const label = Math.min(width / 3, Math.max(...names.map((n) => n.length)) * 6.6 + 16);
  const x = (at) => ((at - time.from) / (time.to - time.from)) * (width - label);
  const row = (height - 24) / fields.length;
  const ticks = Math.max(2, Math.min(9, Math.floor((width - label) / 70)));
  const text = { fontSize: 12, overflow: 'hidden', whiteSpace: 'nowrap' };
  return (
    <div style={{ position: 'relative', width, height }}>
      {fields.map(({ frame, field }, i) => (
        <div key={i} style={{ position: 'absolute', top: row * (i + 0.1), height: row * 0.8, width }}>
          <div style={{ ...text, position: 'absolute', width: label - 16, textAlign: 'right', top: row * 0.4 - 9 }}>{names[i]}</div>
          {spansOf(field, frame.fields.find((f) => f.type === 'time').values, time).map((s) => (
            <div
              key={s.start}
              style={{
                ...text, position: 'absolute', left: label + x(s.start), width: Math.max(1, x(s.end) - x(s.start)), top: 0, bottom: 0, paddingLeft: 2,
                background: s.color, opacity: (field.config.custom?.fillOpacity ?? 70) / 100, color: theme.colors.getContrastText(s.color),
                display: 'flex', alignItems: 'center',
              }}
            >
              {x(s.end) - x(s.start) > s.text.length * 7 ? s.text : ''}
            </div>
          ))}
        </div>
      ))}
      {Array.from({ length: ticks }, (_, i) => time.from + ((time.to - time.from) * (i + 0.5)) / ticks).map((at) => (
        <div key={at} style={{ ...text, position: 'absolute', bottom: 0, left: label + x(at) - 16 }}>
          {data.dateTimeFormat(at, { format: time.to - time.from > 3 * 86400e3 ? 'MM/DD' : 'HH:mm', timeZone: 'utc' })}
        </div>
      ))}
    </div>
  );
}

const kinds = { stat: Stat, gauge: Bars, bargauge: Bars, table: Table, timeseries: Graph, 'state-timeline': Timeline };

function Body({ panel, context, reading, width, height }) {
  if (panel.type === 'text') {
    const text = reading.lines.join('\n');
    return <div className="markdown-html" dangerouslySetInnerHTML={{ __html: panel.options.mode === 'html' ? text : data.renderTextPanelMarkdown(text) }} />;
  }
  const Kind = kinds[panel.type];
  const empty = reading.message !== undefined && Kind !== Stat && Kind !== Bars && reading.names.length === 0;
  if (!Kind || empty) {
    const style = { width, height, display: 'flex', alignItems: 'center', justifyContent: 'center', color: context.theme.colors.text.secondary, fontSize: 18 };
    return <div style={style}>{reading.message ?? panel.type}</div>;
  }
  return <Kind panel={panel} context={context} width={width} height={height} />;
}

function Board({ reading, panels, theme }) {
  const column = (request.width - 32 + gap) / 24;
  let bottom = 0;
  const placed = panels.map(({ panel, context, reading: shown }, i) => {
    const { x, y, w, h } = panel.gridPos;
    const at = phone
      ? { left: 16, top: bottom, width: request.width - 32, height: h * unit - gap }
      : { left: 16 + x * column, top: y * unit, width: w * column - gap, height: h * unit - gap };
    bottom = Math.max(bottom, at.top + at.height + gap);
    return (
      <div key={i} style={{ position: 'absolute', ...at }}>
        <PanelChrome title={context.title} width={at.width} height={at.height} displayMode={panel.transparent ? 'transparent' : 'default'} hoverHeader={!context.title}>
          {(width, height) => <Body panel={panel} context={context} reading={shown} width={width} height={height} />}
        </PanelChrome>
      </div>
    );
  });
  const border = { border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2 };
  const pad = { padding: '5px 8px', display: 'inline-block' };
  return (
    <div style={{ background: theme.colors.background.canvas, color: theme.colors.text.primary, width: request.width }}>
      <div style={{ padding: '12px 16px', fontSize: 14 }}>Dashboards › {reading.title}</div>
      <div style={{ padding: '0 16px 8px', display: 'flex', flexWrap: 'wrap', gap, fontSize: 12 }}>
        {reading.filters.map((f) => (
          <span key={f.label} style={border}><span style={{ ...pad, background: theme.colors.background.secondary }}>{f.label}</span><span style={pad}>{f.shown}</span></span>
        ))}
        {reading.links.map((l) => <span key={l} style={{ ...border, ...pad }}>{l.split(' -> ')[0]}</span>)}
      </div>
      <div style={{ position: 'relative', height: bottom + gap }}>{placed}</div>
    </div>
  );
}

async function draw() {
  const panels = [];
  const reading = await readBoard(request, request.now, (panel, context, shown) => panels.push({ panel, context, reading: shown }));
  const theme = themeOf(request.theme);
  const root = document.getElementById('root');
  createRoot(root).render(
    <data.ThemeContext.Provider value={theme}><GlobalStyles /><Board reading={reading} panels={panels} theme={theme} /></data.ThemeContext.Provider>);
  setTimeout(() => { document.title = `drawn ${root.scrollHeight}`; }, 1500); // Text is measured and drawn again meanwhile.
}

draw().catch((error) => { document.title = `failed: ${error.stack}`; });
