// Reads boards as Grafana's front end shows them. In on standard input: {now, requests: [{board, url, variables, theme, width}]};
// out on standard output: a list of readings, one per request.
import { readFileSync } from 'node:fs';

const input = JSON.parse(readFileSync(0, 'utf8'));
const RealDate = Date;
// "An hour ago" must not depend on when the test runs.
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length ? args : [input.now]));
  }

  static now() {
    return input.now;
  }
};
process.env.TZ = 'UTC';
// Standard output is for the readings alone.
console.log = console.info = console.debug = console.warn = console.error;

const { readBoard } = await import('./board.mjs');

const readings = [];
for (const request of input.requests) {
  readings.push(await readBoard(request, input.now));
}
process.stdout.write(JSON.stringify(readings));
