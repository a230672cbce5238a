// Interpolation of $name, ${name:format} and [[name]], and the values of a board's variables.
import { data } from './grafana.mjs';

const use = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)((?:\.[\w.]+|\[[^\]]+\])+)?(?::([^}]+))?\}/g;

const list = (value) => (Array.isArray(value) ? value : [value]);
const regexEscaped = (text) => String(text).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

const formats = {
  raw: (v) => list(v).join(','),
  text: (v) => list(v).join(' + '),
  csv: (v) => list(v).join(','),
  pipe: (v) => list(v).join('|'),
  json: (v) => JSON.stringify(v),
  regex: (v) => (list(v).length === 1 ? regexEscaped(list(v)[0]) : `(${list(v).map(regexEscaped).join('|')})`),
  glob: (v) => (list(v).length === 1 ? String(list(v)[0]) : `{${list(v).join(',')}}`),
  percentencode: (v) => encodeURIComponent(formats.glob(v)),
  uriencode: (v) => encodeURI(formats.glob(v)),
  queryparam: (v, name) => list(v).map((one) => `var-${name}=${encodeURIComponent(one)}`).join('&'),
  html: (v) => data.textUtil.escapeHtml(formats.glob(v)),
};

// Variables are the values that a board, or one of its repeated panels, has for its variables. A value has {value, text},
// and multi says whether more than one can be picked.
export class Variables {
  constructor(values) {
    this.values = values;
  }

  with(more) {
    return new Variables({ ...this.values, ...more });
  }

  // interpolate is Grafana's replaceVariables. The format is a name or a function of value and variable.
  interpolate = (text, scoped = {}, format = 'glob') => {
    if (typeof text !== 'string') {
      return text;
    }
    return text.replace(use, (match, plain, double, doubleFormat, braced, path, bracedFormat) => {
      const name = plain ?? double ?? braced;
      const asked = doubleFormat ?? bracedFormat;
      const special = fieldMacro(name, path, asked, scoped.__dataContext?.value);
      if (special !== undefined) {
        return formatted(special, name, asked ?? format, {});
      }
      const variable = scoped[name] ?? this.values[name];
      if (variable === undefined) {
        return match;
      }
      return formatted(asked === 'text' ? variable.text : variable.value, name, asked ?? format, variable);
    });
  };
}

function formatted(value, name, format, variable) {
  if (variable.verbatim) {
    return value;
  }
  if (typeof format === 'function') {
    return format(value, variable);
  }
  return (formats[format] ?? formats.glob)(value, name);
}

// fieldMacro is what ${__field…}, ${__series…}, ${__value…} and ${__data…} stand for; undefined if the name is another.
function fieldMacro(name, path = '', format, context) {
  if (!context) {
    return name.startsWith('__field') || name.startsWith('__value') || name.startsWith('__data') || name === '__series' ? '' : undefined;
  }
  const { field, frame, data: frames, rowIndex, calculatedValue } = context;
  switch (name) {
    case '__field': {
      const [, property, label] = /^\.(\w+)\.?(.*)$/.exec(path) ?? [];
      if (property === 'labels') {
        return label ? (field.labels?.[label] ?? '') : data.formatLabels(field.labels ?? {}, '', true);
      }
      return property === 'name' ? data.getFieldDisplayName(field, frame, frames) : property === 'displayName' ? data.getFieldDisplayName(field, frame, frames) : '';
    }
    case '__series':
      return data.getFrameDisplayName(frame);
    case '__value': {
      const shown = calculatedValue ?? (rowIndex === undefined ? { text: '', numeric: '' } : field.display(field.values[rowIndex]));
      switch (path) {
        case '.raw': return calculatedValue?.numeric ?? field.values[rowIndex];
        case '.numeric': return shown.numeric;
        case '.time': return frame.fields.find((f) => f.type === 'time')?.values[rowIndex] ?? '';
        default: return data.formattedValueToString(shown);
      }
    }
    case '__data': {
      const [, dotted, bracketed, property] = /^\.fields(?:\.(\w+)|\[["']?([^\]"']+)["']?\])(?:\.(\w+))?$/.exec(path) ?? [];
      const wanted = dotted ?? bracketed;
      const found = frame.fields.find((f) => data.getFieldDisplayName(f, frame, frames) === wanted || f.name === wanted) ?? frame.fields[wanted];
      if (!found || rowIndex === undefined) {
        return '';
      }
      const value = found.values[rowIndex];
      return property === 'raw' || format === 'raw' ? value : property === 'numeric' ? found.display(value).numeric : data.formattedValueToString(found.display(value));
    }
    default:
      return undefined;
  }
}

const everything = '$__all';

// resolve finds the values of a board's variables, each from its own query and from those before it. picked overrides what
// the board opens with.
export async function resolve(board, source, time, picked, faults) {
  let variables = new Variables({
    __range: { value: `${time.rangeSeconds}s`, verbatim: true },
    __range_s: { value: String(time.rangeSeconds), verbatim: true },
    __range_ms: { value: String(time.rangeSeconds * 1000), verbatim: true },
    __from: { value: String(time.from), verbatim: true },
    __to: { value: String(time.to), verbatim: true },
    __url_time_range: { value: `from=${board.time.from}&to=${board.time.to}`, verbatim: true },
    __dashboard: { value: board.title, text: board.title },
  });
  let queries = 0;
  const filters = [];
  for (const v of board.templating?.list ?? []) {
    let options;
    if (v.type === 'query') {
      queries++;
      options = await source.options(v, variables, time, faults);
    } else {
      options = fixedOptions(v);
    }
    const chosen = select(v, options, picked?.[v.name]);
    variables = variables.with({ [v.name]: chosen });
    if ((v.hide ?? 0) !== 2) {
      filters.push({ label: v.label || v.name, shown: list(chosen.text).join(' + '), options: options.map((o) => o.text) });
    }
  }
  return { variables, filters, queries };
}

function fixedOptions(v) {
  switch (v.type) {
    case 'datasource':
      return [{ text: 'Prometheus', value: 'prometheus' }];
    case 'custom':
      return String(v.query).split(',').map((part) => {
        const [text, value] = part.split(' : ').map((s) => s.trim());
        return { text, value: value ?? text };
      });
    case 'interval':
      return String(v.query).split(',').map((text) => ({ text: text.trim(), value: text.trim() }));
    default:
      return [{ text: String(v.query ?? ''), value: String(v.query ?? '') }];
  }
}

// select keeps what is saved in the board as far as it is among the options, else takes all, else the first.
function select(v, options, picked) {
  const wanted = list(picked ?? v.current?.value ?? []);
  const multi = Boolean(v.multi || v.includeAll);
  let chosen = options.filter((o) => wanted.includes(o.value));
  const all = v.includeAll && (wanted.includes(everything) || chosen.length === 0);
  if (all) {
    const value = v.allValue || options.map((o) => o.value);
    return { value, text: 'All', multi, verbatim: Boolean(v.allValue), each: options };
  }
  if (chosen.length === 0) {
    chosen = options.slice(0, 1);
  }
  if (v.multi) {
    return { value: chosen.map((o) => o.value), text: chosen.map((o) => o.text), multi, each: chosen };
  }
  return { value: chosen[0]?.value ?? '', text: chosen[0]?.text ?? '', multi, each: chosen.slice(0, 1) };
}
