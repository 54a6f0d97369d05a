/** `npm run simulate -- --scenarios N --seed S [--jobs J] [--trace] [--verbose]`: many scenarios, or one again. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createPool } from './pool.ts';
import { runScenario } from './scenario.ts';

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string' },
    seed: { type: 'string' },
    jobs: { type: 'string' },
    trace: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});
const MOST_FAILURES = 20;
const scenarios = Number(values.scenarios ?? '1000');
const first = Number(values.seed ?? String(Date.now() % 1_000_000_000));
const jobs = Number(values.jobs ?? String(availableParallelism()));
const began = performance.now();
const say = ({ seed, violation }: { readonly seed: number; readonly violation: string | null }): void => {
  if (violation !== null) console.log(`seed ${seed}: ${violation}`);
};

let steps = 0;
let failed = 0;
let ran = 0;
if (scenarios === 1) {
  const outcome = runScenario(first, { verbose: values.verbose === true });
  if (values.trace === true) console.log(outcome.trace.join('\n'));
  say(outcome);
  ran = 1;
  steps = outcome.steps;
  failed = outcome.violation === null ? 0 : 1;
} else {
  const pool = createPool(Math.max(1, jobs));
  const result = await pool.run({ first, count: scenarios }, say, MOST_FAILURES);
  pool.close();
  ran = result.scenarios;
  steps = result.steps;
  failed = result.failures.length;
}
const seconds = (performance.now() - began) / 1000;
const verdict = failed === 0 ? 'every invariant held' : `${failed} violated`;
console.log(`${ran} scenarios from seed ${first}, ${steps} steps, ${seconds.toFixed(1)} s: ${verdict}`);
process.exitCode = failed === 0 ? 0 : 1;
