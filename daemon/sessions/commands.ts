/**
 * Features that the appliance's own software adds: programs of the configuration, by name. What was started and not stopped is remembered in a file too,
 * so that a helper which is started anew can still stop it. Never rejects.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { CommandPlan } from '../../config/plan.ts';
import type { FeatureRequest, RunningFeature, SessionAnswer } from '../../core/session-link.ts';
import { readAccountFiles, runsAs } from '../guardian/accounts.ts';
import { LIMITS, runProgram } from '../helper/run-program.ts';

export interface Commands {
  start(
    request: Extract<FeatureRequest, { kind: 'feature.command' }>,
    known: readonly CommandPlan[],
  ): Promise<SessionAnswer>;
  /** Stops all of the session's, even where one of them does not obey. */
  stop(session: string, why: 'ended' | 'moved'): Promise<SessionAnswer>;
  stopAll(): Promise<void>;
  running(): readonly RunningFeature[];
}

/** As it was declared when it was started: that is how it is stopped. */
interface Started {
  readonly session: string;
  readonly target: string;
  readonly command: CommandPlan;
}

/** Whoever asks waits for half a minute. */
const DEADLINE_MS = 20_000;

export function createCommands(file: string): Commands {
  let started: readonly Started[] = load(file);

  function keep(next: readonly Started[]): void {
    started = next;
    try {
      if (next.length === 0) rmSync(file, { force: true });
      else writeFileSync(file, JSON.stringify(next), { mode: 0o600 });
    } catch {
      // A full disk: this process knows it all the same.
    }
  }

  async function run(argv: readonly string[], { session, target, command }: Started, step: string): Promise<string> {
    const as = runsAs(command.user, readAccountFiles());
    if (!as.ok) return as.error;
    const env = {
      TANDEM_SESSION: session,
      TANDEM_TARGET: target,
      TANDEM_FEATURE: command.name,
      TANDEM_STEP: step,
    };
    const { ok, text } = await runProgram(argv, null, { ...LIMITS, deadlineMs: DEADLINE_MS }, { env, ...as.value });
    return ok ? '' : text;
  }

  const isSame = (one: Started, session: string, name: string): boolean =>
    one.session === session && one.command.name === name;

  async function stopOne(one: Started, why: 'ended' | 'moved'): Promise<string> {
    // Forgotten first: a stop that hangs is not tried for ever.
    keep(started.filter((other) => other !== one));
    return run(one.command.stop, one, why);
  }

  return {
    async start({ session, target, command: name, how }, known) {
      if (started.some((one) => isSame(one, session, name))) return YES;
      const command = known.find((one) => one.name === name);
      if (command === undefined) return no(`the configuration declares no command ${name}`);
      const one: Started = { session, target, command };
      const argv = how === 'start' ? command.start : command.resume;
      if (argv === null) return no(`${name} cannot be resumed`);
      // Before it runs: what ends in between may have begun something.
      keep([...started, one]);
      const failed = await run(argv, one, how);
      if (failed === '') return YES;
      keep(started.filter((other) => other !== one));
      return no(failed);
    },
    async stop(session, why) {
      const own = started.filter((one) => one.session === session);
      const failed = await Promise.all(own.map((one) => stopOne(one, why)));
      const text = failed.filter((one) => one !== '').join('; ');
      return text === '' ? YES : no(text);
    },
    async stopAll() {
      await Promise.all(started.map((one) => stopOne(one, 'moved')));
    },
    running: () => started.map(({ session, command }) => ({ session, feature: command.name })),
  };
}

const YES: SessionAnswer = { ok: true, text: '' };
const no = (text: string): SessionAnswer => ({ ok: false, text });

/** Root wrote it, in a folder that is root's. */
function load(file: string): readonly Started[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(value) ? (value as readonly Started[]) : [];
  } catch {
    return [];
  }
}
