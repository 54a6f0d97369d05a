/** `npm run simulate -- --scenarios N --seed S [--trace]`: many scenarios, or one again. */
import { parseArgs } from 'node:util';
import { runScenario } from './scenario.ts';

const { values } = parseArgs({
  options: { scenarios: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' }, verbose: { type: 'boolean' } },
});
const scenarios = Number(values.scenarios ?? '1000');
const first = Number(values.seed ?? String(Date.now() % 1_000_000_000));
const began = performance.now();
let failed = 0;
let steps = 0;
for (let n = 0; n < scenarios; n++) {
  const outcome = runScenario(first + n, { verbose: values.verbose === true });
  steps += outcome.steps;
  if (values.trace === true) console.log(outcome.trace.join('\n'));
  if (outcome.violation === null) continue;
  failed++;
  console.log(`seed ${outcome.seed}: ${outcome.violation}`);
  if (failed >= 20) break;
}
const seconds = (performance.now() - began) / 1000;
console.log(
  `${scenarios} scenarios from seed ${first}, ${steps} steps, ${seconds.toFixed(1)} s: ${failed === 0 ? 'every invariant held' : `${failed} violated`}`,
);
process.exitCode = failed === 0 ? 0 : 1;
