/** Commands that change something: ask the engine, then wait for the end of it in the event stream. */
import type { TandemEvent } from '../core/event.ts';
import { asker } from './asker.ts';
import { createManagerClient } from './client.ts';
import { EXIT, Failure } from './command.ts';
import type { Context, Exit, OptionSpec } from './command.ts';
import { isEvent } from './events.ts';
import { cleanText, printJson } from './terminal.ts';

/** How long an action may take before the command gives up waiting (design section 7, contract). */
const PATIENCE = 10_000;

/** The option that every action has. */
export const NO_WAIT: Readonly<Record<string, OptionSpec>> = {
  'no-wait': { type: 'boolean', text: 'return as soon as it is accepted' },
};

type Body = Readonly<Record<string, unknown>>;

/** Ask for an action and wait for its end; prints what came of it. Throws Failure if it is refused, fails, or takes too long. */
export async function perform(context: Context, name: string, body: Body, patience = PATIENCE): Promise<Exit> {
  const { engine, io } = context;
  return outcome(context, name, await engine.post(`/actions/${name}`, { ...body, by: asker(io.env) }), patience);
}

/** The same through the manager, for what the engine does not know: who asks is known by the connection. */
export async function performByManager(context: Context, name: string, body: Body): Promise<Exit> {
  const { io, json, run } = context;
  const manager = createManagerClient(run, { raw: json, env: io.env });
  return outcome(context, name, await manager.post(`/api/v1/actions/${name}`, body), PATIENCE);
}

async function outcome(context: Context, name: string, answer: unknown, patience: number): Promise<Exit> {
  const { io, json, options } = context;
  const accepted = readAccepted(answer);
  if (options['no-wait'] === true) {
    if (json) printJson(io, { actionId: accepted.actionId });
    else io.out(`accepted: ${accepted.actionId}\n`);
    return EXIT.done;
  }
  const end = await waitForEnd(context, name, accepted, patience);
  if (end.ended === 'failed') {
    // An invalid file is wrong usage rather than a refusal: the same exit code as `check`.
    const exit = end.reason.code === 'configRefused' ? EXIT.usage : EXIT.failed;
    throw new Failure(exit, end.reason.code, cleanText(end.reason.text));
  }
  if (json) printJson(io, { actionId: accepted.actionId, ended: 'done', reason: end.reason });
  else io.out(`done: ${end.reason.text}\n`);
  return EXIT.done;
}

interface Accepted {
  readonly actionId: string;
  /** Number of the last event before the action. */
  readonly after: number;
  readonly log: string;
}

function readAccepted(answer: unknown): Accepted {
  const fields =
    typeof answer === 'object' && answer !== null ? (answer as Partial<Record<keyof Accepted, unknown>>) : {};
  const { actionId, after, log } = fields;
  if (typeof actionId !== 'string' || typeof after !== 'number' || typeof log !== 'string') {
    throw new Failure(
      EXIT.failed,
      'badAnswer',
      'the daemon accepted without an id: are daemon and tandem of one version?',
    );
  }
  return { actionId, after, log };
}

async function waitForEnd({ engine }: Context, name: string, accepted: Accepted, ms: number): Promise<TandemEvent> {
  const { actionId, after, log } = accepted;
  const patience = AbortSignal.timeout(ms);
  let newest = 'nothing was heard of it';
  for await (const line of engine.lines(`/events?after=${after}&log=${encodeURIComponent(log)}`, patience)) {
    if (!isEvent(line))
      throw new Failure(EXIT.failed, 'engineRestarted', `the engine was restarted before ${name} ended`);
    if (line.actionId !== actionId) continue;
    if (line.ended !== undefined) return line;
    newest = line.reason.text;
  }
  if (!patience.aborted)
    throw new Failure(EXIT.failed, 'engineGone', `the engine ended before ${name} did: see tandem status`);
  const text = `${name} has not ended after ${ms / 1000} s (${cleanText(newest)}): it goes on, see tandem events`;
  throw new Failure(EXIT.failed, 'timeout', text);
}
