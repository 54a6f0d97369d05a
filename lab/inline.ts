/** The appliance's own software, as far as the lab needs it: per instance a program that lets traffic through the link pair while it is active. */
import type { Host } from './host.ts';
import { startOwn } from './own.ts';
import { PAIR } from './topology.ts';
import type { Program } from './program.ts';

/** Made by `startInline`. */
export class Inline {
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  /** True if it lets frames through, by its own word. */
  get forwards(): boolean {
    const last = this.program.output.findLast((line) => /^(forwards|blocks)\b/.test(line));
    return last?.startsWith('forwards') === true;
  }
}

/** Starts it for the Tandem whose engine answers on `socket`; it waits for that as long as it takes. Ends with the lab's reset. */
export async function startInline(host: Host, socket: string): Promise<Inline> {
  const program = startOwn(host, 'inline-forwarder', [socket, PAIR.outside, PAIR.inside]);
  await program.waitFor(/^ready$/);
  return new Inline(program);
}
