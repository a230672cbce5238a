// Loads @grafana/data outside of a browser.
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const page = new JSDOM('', { url: 'http://localhost:3000/' }).window;
for (const name of ['document', 'navigator', 'localStorage', 'HTMLElement', 'Element', 'Node', 'DOMParser', 'MutationObserver']) {
  Object.defineProperty(globalThis, name, { value: page[name], configurable: true, writable: true });
}
globalThis.window = page;
page.matchMedia = () => ({ matches: false, addEventListener() {}, removeEventListener() {} });

// Imported as CommonJS: its ES modules import names that CommonJS packages do not export to node.
const require = createRequire(import.meta.url);
export const data = require('@grafana/data');
