/** All commands, in the order of the help. */
import { alerts } from './alerts.ts';
import { bypass } from './bypass.ts';
import { check } from './check.ts';
import type { Command } from './command.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { events } from './events.ts';
import { features } from './features.ts';
import { flaps } from './flaps.ts';
import { help } from './help.ts';
import { keygen } from './keygen.ts';
import { lackingCommands } from './lacking.ts';
import { leader } from './leader.ts';
import { links } from './links.ts';
import { logLevel } from './log-level.ts';
import { maintenance } from './maintenance.ts';
import { passwd } from './passwd.ts';
import { peers } from './peers.ts';
import { policies } from './policies.ts';
import { reload } from './reload.ts';
import { routers } from './routers.ts';
import { sessions } from './sessions.ts';
import { status } from './status.ts';
import { supportBundle } from './support-bundle.ts';
import { switchover } from './switchover.ts';
import { why } from './why.ts';

const all = (): readonly Command[] => commands;

export const commands: readonly Command[] = [
  status,
  routers,
  peers,
  links,
  leader,
  features,
  sessions,
  policies,
  why,
  events,
  switchover,
  maintenance,
  bypass,
  flaps,
  reload,
  check,
  keygen,
  passwd,
  alerts,
  doctor,
  supportBundle,
  logLevel,
  completion(all),
  help(all),
  ...lackingCommands,
];
