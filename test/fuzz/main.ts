/** `node --import=tsx test/fuzz/main.ts [--runs N] [--seed S]`: as many hostile packets as one has time for. */
import { parseArgs } from 'node:util';
import { fuzzPackets } from './packets.ts';

const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
const runs = Number(values.runs ?? '1000000');
const seed = Number(values.seed ?? '1');
const began = performance.now();
const { accepted, transitions, refused, wrong } = fuzzPackets({ runs, seed });
for (const line of wrong) console.log(line);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
const counts = Object.entries(refused).map(([counter, times]) => `${counter} ${times}`);
console.log(`${runs} packets from seed ${seed}, ${accepted} accepted, ${transitions} changes of state, ${seconds} s`);
console.log(`refused: ${counts.join(', ')}`);
console.log(wrong.length === 0 ? 'nothing wrong' : `${wrong.length} wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
