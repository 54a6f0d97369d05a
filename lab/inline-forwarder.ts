/**
 * A program: the stand-in for the appliance's own software. It lets frames pass between the two ports of a link pair, by two nftables rules,
 * while its instance is active and no peer has put its own pair into bypass; Tandem itself does not gate that (brain 7.6).
 * usage: inline-forwarder SOCKET OUTSIDE INSIDE. Lines on stdout: `ready`, then `forwards: WHY` and `blocks: WHY` at every change. It ends when
 * its standard input closes, or by a signal; the rules go with the namespace.
 */
import { spawn } from 'node:child_process';
import { sleep } from './clock.ts';
import { ask, follow } from './control.ts';
import { wish } from './inline-wish.ts';
import type { Wish } from './inline-wish.ts';

const [socket = '', outside = '', inside = ''] = process.argv.slice(2);

/** How often the status is read although no event came: what a peer reports is none. */
const EVERY = 250;
/** An engine that was replaced is back within this; whoever is silent for longer is not active any more. */
const PATIENCE = 1000;

const RULES: Readonly<Record<'forwards' | 'blocks', string>> = {
  forwards: `table netdev inline
delete table netdev inline
table netdev inline {
  chain outside { type filter hook ingress device "${outside}" priority 0; fwd to "${inside}"; }
  chain inside { type filter hook ingress device "${inside}" priority 0; fwd to "${outside}"; }
}
`,
  blocks: 'table netdev inline\ndelete table netdev inline\n',
};

function nft(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`nft ended with ${code}`))));
    child.stdin.end(text);
  });
}

let done: Wish | null = null;

async function obey(wanted: Wish): Promise<void> {
  if (wanted.verb !== done?.verb) await nft(RULES[wanted.verb]);
  if (wanted.verb !== done?.verb || wanted.why !== done.why) process.stdout.write(`${wanted.verb}: ${wanted.why}\n`);
  done = wanted;
}

let lastHeard = Number.NEGATIVE_INFINITY;
let looking = false;
let again = false;

/** Reads the status and does what it says. One at a time; a call in between makes it look once more. */
async function look(): Promise<void> {
  again = true;
  if (looking) return;
  looking = true;
  while (again) {
    again = false;
    try {
      const status = await ask(socket, '/status', { limitMs: PATIENCE });
      lastHeard = performance.now();
      await obey(wish(status));
    } catch (error) {
      if (performance.now() - lastHeard >= PATIENCE)
        await obey({
          verb: 'blocks',
          why: `no word from the engine (${error instanceof Error ? error.message : String(error)})`,
        });
    }
  }
  looking = false;
}

/** Follows the events for ever: they say at once that something changed. */
async function followEvents(): Promise<never> {
  for (;;) {
    await new Promise<void>((resolve) => {
      follow(socket, 0, () => void look(), resolve);
    });
    await sleep(EVERY / 5);
  }
}

process.stdin.on('end', () => process.exit(0)).resume();
await obey({ verb: 'blocks', why: 'nothing is known yet' });
process.stdout.write('ready\n');
setInterval(() => void look(), EVERY);
await followEvents();
