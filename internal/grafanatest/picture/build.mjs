// Bundles the page for a browser: page.js and page.css, beside the packages. The argument is the folder with the sources.
import { build } from 'esbuild';
import { join } from 'node:path';

const [sources] = process.argv.slice(2);
await build({
  entryPoints: [join(sources, 'picture/page.jsx')], outfile: 'page.js', bundle: true, format: 'iife', jsx: 'automatic', target: 'chrome110', logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  loader: { '.woff2': 'dataurl', '.woff': 'dataurl', '.svg': 'dataurl', '.png': 'dataurl', '.ttf': 'empty' },
  nodePaths: [join(process.cwd(), 'node_modules')],
  plugins: [{
    name: 'library in a browser',
    setup: (b) => b.onResolve({ filter: /library\.mjs$/ }, () => ({ path: join(sources, 'picture/library.mjs') })),
  }],
});
