// The transformations that are part of Grafana's front end and not of @grafana/data.
// Their behaviour is that of public/app/features/transformers/{rowsToFields,configFromQuery,fieldToConfigMapping}, Grafana 12.4.

// What a column may set in the configuration of a field. undefined sets nothing.
const settings = {
  min: (v, data) => number(v, data),
  max: (v, data) => number(v, data),
  decimals: (v, data) => {
    const n = number(v, data);
    return Number.isInteger(n) && n >= 0 && n <= 15 ? n : undefined;
  },
  unit: String,
  displayName: String,
  color: (v) => ({ mode: 'fixed', fixedColor: v }),
};
const roles = ['field.name', 'field.value', 'field.label', '__ignore'];

function number(value, data) {
  const n = data.anyToNumber(value);
  return Number.isNaN(n) ? undefined : n;
}

// handlers says of each column what it is for: a role, a setting, or nothing. A column without a mapping is taken by its
// name in lower case.
function handlers(frame, mappings, data) {
  return frame.fields.map((field) => {
    const name = data.getFieldDisplayName(field, frame);
    const mapping = mappings.find((m) => m.fieldName === name);
    const key = mapping ? mapping.handlerKey : name.toLowerCase();
    return { field, name, mapped: Boolean(mapping), handler: roles.includes(key) || settings[key] ? key : null, reducer: mapping?.reducerId ?? 'lastNotNull' };
  });
}

function configuration(columns, valueOf, data) {
  const config = {};
  for (const column of columns) {
    const set = settings[column.handler];
    const value = set && valueOf(column);
    const result = set && value != null ? set(value, data) : undefined;
    if (result !== undefined) {
      config[column.handler] = result;
    }
  }
  return config;
}

function rowsToFields(frame, mappings, data) {
  const columns = handlers(frame, mappings, data);
  const named = mappings.some((m) => m.handlerKey === 'field.name');
  const valued = mappings.some((m) => m.handlerKey === 'field.value');
  let nameColumn, valueColumn;
  for (const c of columns) {
    if (c.handler === 'field.name') {
      nameColumn = c;
    } else if (c.handler === 'field.value') {
      valueColumn = c;
    } else if (!c.handler && !c.mapped && !nameColumn && !named && c.field.type === 'string') {
      nameColumn = c;
      c.handler = 'field.name';
    } else if (!c.handler && !c.mapped && !valueColumn && !valued && c.field.type === 'number') {
      valueColumn = c;
      c.handler = 'field.value';
    }
    c.handler ??= 'field.label';
  }
  if (!nameColumn || !valueColumn) {
    return frame;
  }
  const fields = nameColumn.field.values.map((name, row) => {
    const labels = { ...nameColumn.field.labels };
    for (const c of columns) {
      if (c.handler === 'field.label' && c.field.values[row] != null) {
        labels[c.name] = c.field.values[row];
      }
    }
    return {
      name: String(name), type: valueColumn.field.type, values: [valueColumn.field.values[row]], labels,
      config: configuration(columns, (c) => c.field.values[row], data),
    };
  });
  return { fields, length: 1 };
}

function configFromData(options, frames, data) {
  const source = frames.find((frame) => frame.refId === options.configRefId);
  if (!source) {
    return frames;
  }
  const columns = handlers(source, options.mappings ?? [], data);
  const config = configuration(columns, (c) => data.reduceField({ field: c.field, reducers: [c.reducer] })[c.reducer], data);
  const applies = data.getFieldMatcher(options.applyTo ?? { id: 'numeric' });
  return frames.filter((frame) => frame !== source || frames.length === 1).map((frame) => ({
    fields: frame.fields.map((field) =>
      applies(field, frame, frames) ? { ...field, config: { ...field.config, ...config } } : field),
    length: frame.length,
    refId: frame.refId,
  }));
}

// Each field of the frames of a query becomes a cell that holds its series, for sparklines in tables. Behaviour of
// public/app/features/transformers/timeSeriesTable.
function timeSeriesTable(options, frames, data) {
  const byQuery = new Map();
  for (const frame of frames.filter((f) => data.isTimeSeriesFrame(f))) {
    byQuery.set(frame.refId, [...(byQuery.get(frame.refId) ?? []), frame]);
  }
  return [...byQuery].map(([refId, series]) => {
    const reducer = options[refId]?.stat ?? 'lastNotNull';
    const names = [];
    const rows = [];
    for (const frame of series) {
      for (const field of frame.fields.filter((f) => f.type === 'number')) {
        Object.keys(field.labels ?? {}).forEach((name) => names.includes(name) || names.push(name));
        const value = data.reduceField({ field, reducers: [reducer] })[reducer] || null;
        rows.push({ labels: field.labels ?? {}, frame: { ...frame, fields: frame.fields.filter((f) => f === field || f.type === 'time'), value } });
      }
    }
    return {
      refId, length: rows.length,
      fields: [
        ...names.map((name) => ({ name, type: 'string', config: {}, values: rows.map((r) => r.labels[name]) })),
        { name: `Trend #${refId}`, type: 'frame', config: {}, values: rows.map((r) => r.frame) },
      ],
    };
  });
}

export function transformers(data) {
  const transformer = (id, apply) => ({
    id, name: id, description: '', defaultOptions: {},
    operator: (options) => (source) => source.pipe((stream) => mapped(stream, (frames) => apply(options, frames))),
  });
  return [
    transformer('rowsToFields', (options, frames) => frames.map((frame) => rowsToFields(frame, options.mappings ?? [], data))),
    transformer('configFromData', (options, frames) => configFromData(options, frames, data)),
    transformer('timeSeriesTable', (options, frames) => timeSeriesTable(options, frames, data)),
  ];
}

function mapped(stream, change) {
  return new stream.constructor((subscriber) => stream.subscribe({
    next: (value) => subscriber.next(change(value)),
    error: (error) => subscriber.error(error),
    complete: () => subscriber.complete(),
  }));
}
