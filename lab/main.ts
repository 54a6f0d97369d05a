/** Commands of the lab. usage: node --import=tsx lab/main.ts sweep */
import { sweep } from './registry.ts';

const [word] = process.argv.slice(2);
if (word === 'sweep') {
  const cleared = sweep();
  process.stdout.write(
    cleared === 0
      ? 'nothing was left behind\n'
      : `cleared what ${cleared} ${cleared === 1 ? 'lab' : 'labs'} had left behind\n`,
  );
} else {
  process.stderr.write(
    'usage: node --import=tsx lab/main.ts sweep\n\nsweep  remove what labs of dead processes left: programs, namespaces, files\n',
  );
  process.exitCode = 2;
}
