import * as z from 'zod';
import { argv, duration, flag, mapping, name, oneOf, path, text } from './fields.ts';

/** Section `bypass`: what lets traffic through when no instance can be trusted. */
export const bypass = mapping({
  driver: oneOf('none', 'bridge', 'nft', 'silicom', 'sysfs', 'command')
    .default('none')
    .meta({
      title: 'Driver',
      description:
        '`none`: no bypass. `bridge`, `nft`: software wires between the ports of each link pair, on any machine, but only while its kernel lives. ' +
        '`silicom`, `sysfs`, `command`: bypass hardware, through its control program, a file per pair, or your own programs.',
    }),
  onServiceDown: flag().default(true).meta({
    title: 'On service down',
    description:
      'Engage when no instance of the stack is eligible: traffic passes uninspected rather than not at all. Off: fail closed.',
  }),
  settle: duration('100ms', '5m').prefault('5s').meta({
    title: 'Settle',
    description:
      'Time for carrier to return after a release before links are judged again. Bypass cards take their links down for seconds when they switch.',
  }),
  watchdog: duration('100ms', '5m').prefault('2s').meta({
    title: 'Watchdog',
    description:
      'For drivers with a hardware watchdog: the card engages by itself when it was not fed for this long. Shorter protects sooner, longer forgives a busy machine.',
  }),
  command: mapping({
    engage: argv().meta({ title: 'Engage', description: 'Puts every pair into bypass. Exit code 0 = done.' }),
    release: argv().meta({ title: 'Release', description: 'Puts every pair back inline. Exit code 0 = done.' }),
    status: argv().meta({ title: 'Status', description: 'Prints `inline`, `bypass`, `notFitted` or `unknown`.' }),
  })
    .optional()
    .meta({ title: 'Own programs', description: 'Keys of the driver `command`. Required with it.' }),
  sysfs: mapping({
    file: z
      .record(name(), path(), { error: 'expected a mapping of link pair names to absolute paths' })
      .meta({ title: 'File', description: 'The control file of each link pair, by its name.' }),
    inline: text(1, 64)
      .default('0')
      .meta({ title: 'Inline', description: 'What is written, and read back, for inline.' }),
    bypass: text(1, 64)
      .default('1')
      .meta({ title: 'Bypass', description: 'What is written, and read back, for bypass.' }),
  })
    .optional()
    .meta({ title: 'Control files', description: 'Keys of the driver `sysfs`. Required with it.' }),
  silicom: mapping({
    program: text(1, 1024, 'a program name or path')
      .default('bpctl_util')
      .meta({ title: 'Program', description: "The card's control program, by name or path." }),
  })
    .prefault({})
    .meta({ title: 'Silicom cards', description: 'Keys of the driver `silicom`.' }),
});
