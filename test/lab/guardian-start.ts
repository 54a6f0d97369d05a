/** A program: `tandemd run` with the fake engine in place of the real one. usage: guardian-start CONFIG STATE RUN */
import { runDaemon } from '../../daemon/guardian/run.ts';
import { program } from '../../daemon/where.ts';

const [config = '', state = '', run = ''] = process.argv.slice(2);
process.exit(
  await runDaemon(
    { config, state, run, manager: true },
    {
      engine: program('test/lab/fake-engine'),
      helper: program('daemon/helper/main'),
      check: program('daemon/main'),
      manager: program('manager/main'),
    },
  ),
);
