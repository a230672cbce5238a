// The names of colours, so that a golden is read by people.
import { data } from './grafana.mjs';

const names = new Map();

export function theme(mode) {
  const made = data.createTheme({ colors: { mode } });
  for (const { shades } of made.visualization.hues) {
    for (const shade of shades) {
      names.set(hex(shade.color), shade.aliases?.find((a) => !a.includes('#')) ?? shade.name);
      if (shade.primary) {
        names.set(hex(shade.color), shade.name);
      }
    }
  }
  for (const { shades, name } of made.visualization.hues) {
    const primary = shades.find((s) => s.primary);
    if (primary) {
      names.set(hex(primary.color), name);
    }
  }
  names.set(hex(made.colors.text.primary), 'text');
  return made;
}

const hex = (color) => data.colorManipulator.asHexString(color).slice(0, 7).toLowerCase();

export function colorName(color) {
  if (!color) {
    return 'none';
  }
  let code;
  try {
    code = hex(color);
  } catch {
    return color;
  }
  return names.get(code) ?? code;
}
