// Fills the registries that Grafana's own front end fills when it starts. Without them @grafana/data silently drops units, names,
// mappings and transformations.
import { data } from './library.mjs';
import { transformers } from './transformers.mjs';

export { data };

// What a field's configuration may hold, by the identifier that overrides use.
const standardOptions = [
  ['displayName', data.displayNameOverrideProcessor, { expandTemplateVars: true }],
  ['unit', data.unitOverrideProcessor],
  ['min', data.numberOverrideProcessor],
  ['max', data.numberOverrideProcessor],
  ['decimals', data.numberOverrideProcessor],
  ['fieldMinMax', data.booleanOverrideProcessor],
  ['noValue', data.stringOverrideProcessor],
  ['description', data.stringOverrideProcessor],
  ['color', data.identityOverrideProcessor],
  ['thresholds', data.thresholdsOverrideProcessor],
  ['mappings', data.valueMappingsOverrideProcessor],
  ['links', data.dataLinksOverrideProcessor],
  ['actions', data.identityOverrideProcessor],
  ['filterable', data.booleanOverrideProcessor],
];

function option(id, process, settings, isCustom) {
  return {
    id, path: isCustom ? id.slice('custom.'.length) : id, name: id, process, settings, isCustom,
    shouldApply: () => true, override: () => null, editor: () => null,
  };
}

const options = standardOptions.map(([id, process, settings]) => option(id, process, settings, false));
data.standardFieldConfigEditorRegistry.setInit(() => options);
// seriesToColumns is the older name of joinByField, with the same identifier.
const transformations = new Map([...Object.values(data.standardTransformers), ...transformers(data)].map((t) => [t.id, t]));
data.standardTransformersRegistry.setInit(() =>
  [...transformations.values()].map((t) => ({ id: t.id, name: t.name, transformation: t, editor: () => null })));
data.locationUtil.initialize({
  config: { appSubUrl: '' }, getVariablesUrlParams: () => ({}), getTimeRangeForUrl: () => ({}),
});

// fieldOptions is the registry of a panel: the standard options, and every option of its own type that the board sets.
export function fieldOptions(fieldConfig, faults) {
  const registry = new data.FieldConfigOptionsRegistry();
  options.forEach((o) => registry.register(o));
  const custom = new Set(Object.keys(fieldConfig.defaults?.custom ?? {}).map((key) => 'custom.' + key));
  for (const override of fieldConfig.overrides ?? []) {
    if (!data.fieldMatchers.getIfExists(override.matcher.id)) {
      faults.push(`no matcher is called ${override.matcher.id}`);
    }
    for (const { id } of override.properties) {
      if (id.startsWith('custom.')) {
        custom.add(id);
      } else if (!registry.getIfExists(id)) {
        faults.push(`Grafana ignores the override of ${id}`);
      }
    }
  }
  custom.forEach((id) => registry.register(option(id, data.identityOverrideProcessor, undefined, true)));
  return registry;
}

export function transform(list, frames, interpolate, faults) {
  const known = (list ?? []).filter((t) => {
    const found = data.standardTransformersRegistry.getIfExists(t.id);
    if (!found) {
      faults.push(`no transformation is called ${t.id}`);
    }
    return found;
  });
  let result = frames;
  data.transformDataFrame(known, frames, { interpolate: (text) => interpolate(text) }).subscribe({
    next: (value) => { result = value; },
    error: (error) => { faults.push(`transformations: ${error.message}`); },
  });
  return result;
}
