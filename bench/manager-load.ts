/** The manager under load beside an engine that advertises: does the one delay the other, and how long does an answer take. */
import { request } from 'node:http';
import { join } from 'node:path';
import { now, sleep } from '../lab/clock.ts';
import { ownProgram } from '../lab/own.ts';
import { startTandem } from '../lab/tandem.ts';
import type { Tandem } from '../lab/tandem.ts';
import { VIP } from '../lab/topology.ts';
import { regularity, takeovers } from './adverts.ts';
import { startCapture } from './capture.ts';
import type { Bed, Case, Row, Sample } from './case.ts';
import { PairBed } from './pair-bed.ts';
import { tandemConfig } from './spec.ts';
import type { Spec } from './spec.ts';

const VRID = 51;
const INTERVAL = 10;
const RATE = 500;
const STREAMS = 200;
const PORT = 8443;
const DRAIN = 1500;
/** Until the manager answers, and until all streams are open, ms. */
const PATIENCE = 60_000;

const SPEC: Spec = { intervalMs: INTERVAL, routers: [{ id: VRID, addresses: [`${VIP}/24`] }], realtime: true };

/** A token for the load, made over the manager's own socket. */
function makeToken({ run }: Tandem): Promise<string> {
  return new Promise((resolve, reject) => {
    const made = request(
      {
        socketPath: join(run, 'manager.sock'),
        method: 'POST',
        path: '/api/v1/tokens',
        headers: { 'content-type': 'application/json' },
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 201) resolve((JSON.parse(text) as { token: string }).token);
          else reject(new Error(`no token: ${response.statusCode} ${text}`));
        });
      },
    );
    made.on('error', reject);
    made.end(JSON.stringify({ name: 'bench', role: 'viewer' }));
  });
}

/** The manager is started beside the engine, which does not wait for it. */
async function tokenOf(tandem: Tandem): Promise<string> {
  for (const end = now() + PATIENCE; ;) {
    try {
      return await makeToken(tandem);
    } catch (error) {
      if (now() > end) throw error;
      await sleep(200);
    }
  }
}

class ManagerLoadBed implements Bed {
  readonly #bed = new PairBed('manager-load');
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  async run(): Promise<Sample> {
    const { a, b } = this.#bed;
    try {
      const config = { ...tandemConfig('a', SPEC), manager: { listen: [`${a.haAddress}:${PORT}`] } };
      const active = await startTandem(a.host, config, { manager: true, limitMs: PATIENCE });
      await this.#bed.holds('a', SPEC);
      await startTandem(b.host, tandemConfig('b', SPEC), { limitMs: PATIENCE });
      const token = await tokenOf(active);
      const words = ['--url', `https://${a.haAddress}:${PORT}`, '--rate', `${RATE}`, '--streams', `${STREAMS}`];
      const argv = [process.execPath, ...ownProgram('bench/manager-client'), ...words, '--seconds', `${this.#seconds}`];
      // Asked from the other instance over the network: what it costs there is not the active one's.
      const capture = await startCapture(b.host, 'eth2', VRID);
      const client = b.host.spawn(argv, { name: 'manager-client' });
      client.finish(token);
      await client.waitFor(/^begun$/, PATIENCE);
      const from = now();
      const line = await client.waitFor(/^\{/, this.#seconds * 1000 + PATIENCE);
      const to = now();
      await sleep(DRAIN);
      const adverts = capture.adverts.filter(({ at }) => at >= from && at <= to);
      const found = regularity(adverts, a.haAddress, INTERVAL);
      if (found.count === 0) throw new Error(`no advert of ${a.haAddress} was captured`);
      const asked = JSON.parse(line) as Sample;
      return {
        late: found.worst,
        lateP99: found.p99,
        takeovers: takeovers(adverts, a.haAddress),
        statusP50: asked['p50'] ?? Number.NaN,
        statusP99: asked['p99'] ?? Number.NaN,
        statusWorst: asked['worst'] ?? Number.NaN,
        requests: asked['requests'] ?? 0,
        failed: asked['failed'] ?? 0,
        streams: asked['streams'] ?? 0,
      };
    } finally {
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

const row = (text: string, unit: Row['unit'], figure: string, goals: Row['goals'] = []): Row => ({
  text,
  unit,
  ours: 'tandem',
  theirs: null,
  figure,
  goals,
});

/** What the administrator's side may cost: status requests and open streams of events, while 10 ms adverts leave. */
export function managerLoadCase(seconds: number): Case {
  return {
    name: 'manager-load',
    text: `${RATE} status requests a second and ${STREAMS} open event streams for ${seconds} s, 10ms adverts`,
    runs: 1,
    subjects: ['tandem'],
    rows: [
      row('advert lateness worst', 'ms', 'late', [{ of: 'any', most: 5 }]),
      row('advert lateness p99', 'ms', 'lateP99'),
      row('false failovers', 'count', 'takeovers', [{ of: 'any', most: 0 }]),
      row('status request p50', 'ms', 'statusP50'),
      row('status request p99', 'ms', 'statusP99', [{ of: 'any', most: 20 }]),
      row('status request worst', 'ms', 'statusWorst'),
      row('requests that failed', 'count', 'failed', [{ of: 'any', most: 0 }]),
      row('streams open at the end', 'count', 'streams'),
    ],
    secondsPerRound: seconds + 30,
    notes: [
      'Lateness is read off the wire, on the standby’s HA port with the kernel’s time stamps.',
      'A request counts from when it was due on its time table. Client and both instances share the cores of this machine.',
    ],
    parameters: `seconds ${seconds}, rate ${RATE}, streams ${STREAMS}`,
    open: () => Promise.resolve(new ManagerLoadBed(seconds)),
  };
}
