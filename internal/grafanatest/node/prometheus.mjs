// Asks a Prometheus as Grafana's data source does and makes the frames that it makes. Their shape is that of
// pkg/promlib/querydata/response.go and packages/grafana-prometheus/src/{result_transformer,metric_find_query}.ts, Grafana 12.4.
import { data } from './grafana.mjs';

const answers = new Map();
const scrapeInterval = 15; // Seconds, the data source's default.

// How a variable's value is written into PromQL.
function promQL(value, variable) {
  if (!variable.multi) {
    return typeof value === 'string' ? value.replace(/\\/g, '\\\\').replace(/'/g, "\\\\'") : value;
  }
  const escape = (v) => String(v).replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
  if (!Array.isArray(value)) {
    return escape(value);
  }
  const escaped = value.map(escape);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
}

export class Prometheus {
  constructor(url) {
    this.url = url;
  }

  // get asks each question once: a board in another theme asks the same.
  get(path, parameters) {
    const question = JSON.stringify([this.url, path, parameters]);
    if (!answers.has(question)) {
      answers.set(question, this.request(path, parameters));
    }
    return answers.get(question);
  }

  async request(path, parameters) {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method: path.startsWith('label/') ? 'GET' : 'POST',
      ...(path.startsWith('label/') ? {} : { body: new URLSearchParams(parameters) }),
    });
    const answer = await response.json();
    if (answer.status !== 'success') {
      throw new Error(answer.error);
    }
    return answer.data;
  }

  // options are the values that a variable offers.
  async options(v, variables, time, faults) {
    const text = variables.interpolate(typeof v.query === 'string' ? v.query : v.query.query, {}, promQL);
    let found = [];
    try {
      found = await this.find(text, time);
    } catch (error) {
      faults.push(`variable ${v.name}: ${error.message}`);
    }
    let options = found.map((one) => ({ text: one, value: one }));
    if (v.regex) {
      const regex = data.stringToJsRegex(v.regex);
      options = options.flatMap(({ text: one }) => {
        const match = one.match(regex);
        if (!match) {
          return [];
        }
        const value = match.groups?.value ?? match.groups?.text ?? match[1] ?? match[0];
        return [{ value, text: match.groups?.text ?? match.groups?.value ?? value }];
      });
    }
    options = options.filter((o, i) => options.findIndex((p) => p.value === o.value) === i);
    const by = (key) => options.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
    switch (v.sort) {
      case 1: by((o) => o.text); break;
      case 2: by((o) => o.text).reverse(); break;
      case 3: by((o) => parseInt(o.text.match(/\d+/)?.[0] ?? -1, 10)); break;
      case 5: by((o) => o.text.toLowerCase()); break;
    }
    return options;
  }

  async find(query, time) {
    const labelValues = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/.exec(query);
    if (labelValues) {
      const parameters = new URLSearchParams({ start: time.from / 1000, end: time.to / 1000 });
      if (labelValues[1]) {
        parameters.set('match[]', labelValues[1]);
      }
      return this.get(`label/${labelValues[2]}/values?${parameters}`);
    }
    const result = /^query_result\(([\s\S]+)\)\s*$/.exec(query);
    if (!result) {
      throw new Error(`a query of a variable that is not known: ${query}`);
    }
    const answer = await this.get('query', { query: result[1], time: time.to / 1000 });
    return answer.result.map(({ metric, value }) => {
      const { __name__: name = '', ...labels } = metric;
      const written = Object.entries(labels).map(([k, v]) => `${k}="${v}"`).join(',');
      return `${name}{${written}} ${value[1]} ${value[0] * 1000}`;
    });
  }

  // frames are the answers to the targets of a panel that is so many pixels wide.
  async frames(targets, variables, time, width, faults) {
    const interval = data.rangeUtil.calculateInterval(
      { from: data.dateTime(time.from), to: data.dateTime(time.to), raw: { from: '', to: '' } }, Math.floor(width), `${scrapeInterval}s`);
    const asked = targets.filter((t) => !t.hide && t.expr);
    const answers = await Promise.all(asked.map(async (target) => {
      const step = Math.max(interval.intervalMs / 1000, seconds(variables.interpolate(target.interval ?? '')),
        Math.ceil(time.rangeSeconds / 11000)); // Prometheus gives no more points.
      const rateInterval = Math.max(step + scrapeInterval, 4 * scrapeInterval);
      const expr = variables.with({
        __interval: { value: `${step}s`, verbatim: true }, __rate_interval: { value: `${rateInterval}s`, verbatim: true },
        __interval_ms: { value: String(step * 1000), verbatim: true },
      }).interpolate(target.expr, {}, promQL);
      try {
        return named(await this.ask(target, expr, step, time), target, expr);
      } catch (error) {
        faults.push(`query ${target.refId}: ${error.message}: ${expr}`);
        return [];
      }
    }));
    const all = answers.flat().map((frame) => ({ ...frame, fields: frame.fields.map((f) => ({ ...f })) }));
    const isTable = (frame) => asked.find((t) => t.refId === frame.refId).format === 'table';
    return [...all.filter((f) => !isTable(f)), ...tables(all.filter(isTable))].map((f) => data.toDataFrame(f));
  }

  // ask returns a frame per series, or one without fields if there is none.
  async ask(target, expr, step, time) {
    let answer;
    if (target.instant) {
      answer = await this.get('query', { query: expr, time: time.to / 1000 });
    } else {
      const aligned = (ms) => Math.floor(ms / 1000 / step) * step;
      answer = await this.get('query_range', { query: expr, start: aligned(time.from), end: aligned(time.to), step });
    }
    const series = answer.resultType === 'scalar' || answer.resultType === 'string' ? [{ metric: {}, value: answer.result }] : answer.result;
    if (series.length === 0) {
      return [{ refId: target.refId, fields: [], length: 0 }];
    }
    return series.map(({ metric, value, values = [value] }) => ({
      refId: target.refId, length: values.length,
      fields: [
        { name: 'Time', type: 'time', config: { interval: step * 1000 }, values: values.map(([at]) => at * 1000) },
        { name: metric.__name__ ?? 'Value', type: 'number', config: {}, labels: metric, values: values.map(([, v]) => float(v)) },
      ],
    }));
  }
}

function float(text) {
  return /^[+-]?Inf$/.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : parseFloat(text);
}

function seconds(duration) {
  return duration ? data.rangeUtil.intervalToSeconds(duration) : 0;
}

// named gives values their names: by the legend, or by the whole expression where there is neither legend nor label.
function named(frames, target, expr) {
  for (const frame of frames.filter((f) => f.fields.length > 1)) {
    const field = frame.fields[1];
    const name = legend(target.legendFormat, field.labels, expr);
    if (name !== '') {
      field.config.displayNameFromDS = name;
    }
  }
  for (const frame of frames) {
    const field = frame.fields[1];
    if (target.legendFormat === '__auto' && field?.labels.__name__ && field.labels.__name__ === field.name) {
      field.config.displayNameFromDS = data.getFieldDisplayName({ ...field, name: 'Value' }, frame, frames);
    }
  }
  return frames;
}

function legend(format, labels, expr) {
  let name;
  if (format === '__auto' || !format) {
    const { __name__: metric = '', ...rest } = labels;
    const written = Object.entries(rest).map(([k, v]) => `${k}=${JSON.stringify(v)}`).sort().join(', ');
    name = written ? `${metric}{${written}}` : metric || '{}';
    if (format === '__auto' && Object.keys(labels).length > 0) {
      name = '';
    }
  } else {
    name = format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => labels[label] ?? '');
  }
  return name === '{}' ? expr : name;
}

// tables makes of the frames of each query one with a column per label.
function tables(frames) {
  if (frames.length === 0 || (frames.length === 1 && frames[0].length === 0)) {
    return frames;
  }
  const refs = [...new Set(frames.map((f) => f.refId))];
  return refs.map((refId) => {
    const own = frames.filter((f) => f.refId === refId);
    const labels = [];
    for (const frame of own) {
      Object.keys(frame.fields[1]?.labels ?? {}).sort().forEach((l) => labels.includes(l) || labels.push(l));
    }
    const rows = own.flatMap((frame) => (frame.fields[0]?.values ?? []).map((at, i) => ({ at, value: frame.fields[1].values[i], labels: frame.fields[1].labels })));
    return {
      refId, length: rows.length,
      fields: [
        { name: 'Time', type: 'time', config: { interval: own[0].fields[0]?.config.interval }, values: rows.map((r) => r.at) },
        ...labels.map((name) => ({ name, type: 'string', config: { filterable: true }, values: rows.map((r) => r.labels[name] ?? '') })),
        { name: refs.length > 1 ? `Value #${refId}` : 'Value', type: 'number', config: {}, values: rows.map((r) => r.value) },
      ],
    };
  });
}
