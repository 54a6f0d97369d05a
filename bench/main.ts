/**
 * `npm run bench`. See docs/benchmarks.md.
 *
 * From the sources it hands over to what was built of them: the lab's own programs would otherwise run with the TypeScript loader, whose threads
 * inherit their real-time class and were seen to spin on every core, for minutes.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFolder } from '../daemon/where.ts';

const built = join(packageFolder, 'dist/bench/run.js');

if (!existsSync(built)) {
  process.stderr.write('bench: not built: npm run build\n');
  process.exit(1);
}
const { main } = (await import(pathToFileURL(built).href)) as typeof import('./run.ts');
await main();
