/** The engine's side of the bypass: every second a reading, no answer is `unknown`, and the newest wish wins. */
import assert from 'node:assert/strict';
import { createBypassPort } from '../../../daemon/engine/bypass-port.ts';
import type { BypassPort, BypassPortDeps } from '../../../daemon/engine/bypass-port.ts';
import type { HelperAnswer, HelperRequest } from '../../../daemon/helper/protocol.ts';

interface Asked {
  readonly request: HelperRequest;
  answer(answer: HelperAnswer): Promise<void>;
}

function rig(change: Partial<BypassPortDeps> = {}) {
  const asked: Asked[] = [];
  const seen: string[] = [];
  const port: BypassPort = createBypassPort({
    request: (request) =>
      new Promise((resolve) => {
        asked.push({
          request,
          async answer(answer) {
            resolve(answer);
            await new Promise((done) => setImmediate(done));
          },
        });
      }),
    driver: 'bridge',
    intervalMs: 60_000,
    answerMs: 60_000,
    setMs: 60_000,
    onRead: (state, detail) => seen.push(`read ${state} ${detail}`.trim()),
    onCard: ({ powerOff, watchdog }) => seen.push(`card ${powerOff} ${watchdog?.armed} ${watchdog?.fedMs}`),
    onDone: (position, ok, text) => seen.push(`done ${position} ${ok} ${text}`.trim()),
    ...change,
  });
  const kinds = (): string[] =>
    asked.map(({ request }) =>
      request.kind === 'bypass.set'
        ? request.position
        : request.kind === 'bypass.watchdog'
          ? `arm ${request.armed}`
          : request.kind,
    );
  return { port, asked, seen, kinds };
}

const read = (state: HelperAnswer['state'], text = ''): HelperAnswer => ({ ok: true, text, ...(state && { state }) });
const until = async (fits: () => boolean): Promise<void> => {
  for (const end = Date.now() + 10_000; !fits();) {
    assert.ok(Date.now() < end, 'did not happen');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

describe('the bypass port of the engine', () => {
  let stop: BypassPort | null = null;
  afterEach(() => stop?.stop());
  const start = (change: Partial<BypassPortDeps> = {}) => {
    const made = rig(change);
    stop = made.port;
    made.port.start();
    return made;
  };

  it('reads at the start: what was engaged before a crash is found', async () => {
    const { asked, seen, kinds } = start();
    assert.deepEqual(kinds(), ['bypass.read']);
    await asked[0]!.answer(read('bypass', 'found'));
    assert.deepEqual(seen, ['read bypass found']);
  });

  it('goes on reading, one at a time', async () => {
    const { asked, kinds } = start({ intervalMs: 5 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(kinds(), ['bypass.read'], 'the first is not answered yet');
    await asked[0]!.answer(read('inline'));
    await until(() => kinds().length === 2);
  });

  it('takes no answer, and an answer without a position, as unknown', async () => {
    const { asked, seen } = start({ intervalMs: 5, answerMs: 10 });
    await until(() => seen.length > 0);
    assert.match(seen[0]!, /^read unknown the helper has not answered/);
    seen.length = 0;
    await asked[0]!.answer({ ok: false, text: 'the helper ended before it answered' });
    assert.equal(seen[0], 'read unknown the helper ended before it answered');
    seen.length = 0;
    await until(() => asked.length === 2);
    await asked[1]!.answer(read('inline'));
    assert.ok(seen.includes('read inline'), 'it is known again as soon as it is read');
  });

  it('tells what a set read back, and then that it is done', async () => {
    const { port, asked, seen } = start();
    await asked[0]!.answer(read('inline'));
    port.set('bypass');
    await asked[1]!.answer({ ok: false, text: 'eth0 is gone', state: 'inline' });
    assert.deepEqual(seen.slice(1), ['read inline eth0 is gone', 'done bypass false eth0 is gone']);
  });

  it('does one set at a time, and after it the newest that was wanted meanwhile', async () => {
    const { port, asked, seen, kinds } = start();
    await asked[0]!.answer(read('inline'));
    port.set('bypass');
    port.set('inline');
    port.set('bypass');
    port.set('inline');
    assert.deepEqual(kinds().slice(1), ['bypass']);
    await asked[1]!.answer({ ok: true, text: '', state: 'bypass' });
    assert.deepEqual(kinds().slice(1), ['bypass', 'inline']);
    await asked[2]!.answer({ ok: true, text: '', state: 'inline' });
    assert.deepEqual(
      seen.filter((one) => one.startsWith('done')),
      ['done bypass true', 'done inline true'],
    );
    assert.equal(kinds().length, 3);
  });

  it('does not do again what is under way', async () => {
    const { port, asked, kinds } = start();
    port.set('bypass');
    port.set('inline');
    port.set('bypass');
    await asked[1]!.answer({ ok: true, text: '', state: 'bypass' });
    assert.deepEqual(kinds(), ['bypass.read', 'bypass']);
  });

  it('gives up on a set that is not answered, and a new one is possible', async () => {
    const { port, asked, seen, kinds } = start({ setMs: 10 });
    port.set('bypass');
    await until(() => seen.some((one) => one.startsWith('done bypass false')));
    assert.ok(seen.some((one) => one.startsWith('read unknown')));
    port.set('inline');
    assert.deepEqual(kinds(), ['bypass.read', 'bypass', 'inline']);
    seen.length = 0;
    await asked[1]!.answer({ ok: true, text: '', state: 'bypass' });
    assert.deepEqual(seen, [], 'the late answer is nobody’s any more');
  });

  it('passes on what the card does by itself, where a reading says so', async () => {
    const { asked, seen } = start();
    const card = { powerOff: 'bypass', watchdog: { armed: true, fedMs: 12 } } as const;
    await asked[0]!.answer({ ...read('inline'), card });
    assert.deepEqual(seen, ['card bypass true 12', 'read inline']);
  });

  it('arms the watchdog, and again when the helper has been away', async () => {
    const { port, asked, kinds } = start({ intervalMs: 5 });
    port.arm(true);
    assert.deepEqual(kinds(), ['bypass.read', 'arm true']);
    await asked[1]!.answer({ ok: true, text: '' });
    await asked[0]!.answer(read('inline'));
    await until(() => kinds().length === 3);
    assert.equal(kinds()[2], 'bypass.read', 'once is enough');
    await asked[2]!.answer({ ok: false, text: 'the helper ended before it answered' });
    await until(() => kinds().filter((kind) => kind === 'arm true').length === 2);
  });

  it('tries again with the next reading to arm what could not be armed', async () => {
    const { port, asked, kinds } = start({ intervalMs: 5 });
    port.arm(true);
    await asked[1]!.answer({ ok: false, text: 'no card' });
    assert.deepEqual(kinds(), ['bypass.read', 'arm true'], 'not at once');
    await asked[0]!.answer(read('inline'));
    await until(() => kinds().filter((kind) => kind === 'arm true').length === 2);
  });

  it('disarms after all if that is wished while it is being armed', async () => {
    const { port, asked, kinds } = start();
    port.arm(true);
    port.arm(false);
    assert.deepEqual(kinds(), ['bypass.read', 'arm true']);
    await asked[1]!.answer({ ok: true, text: '' });
    assert.deepEqual(kinds(), ['bypass.read', 'arm true', 'arm false']);
  });

  it('asks for nothing without a driver', () => {
    const { port, asked, seen } = start({ driver: 'none' });
    port.set('bypass');
    port.arm(true);
    assert.equal(asked.length, 0);
    assert.deepEqual(seen, ['read notFitted', 'done bypass false no bypass driver is configured']);
  });

  it('engages a wanted bypass again with a new driver, and forgets answers of the old one', async () => {
    const { port, asked, seen, kinds } = start();
    port.set('bypass');
    await asked[1]!.answer({ ok: true, text: '', state: 'bypass' });
    seen.length = 0;
    port.replan({ driver: 'nft' });
    assert.deepEqual(kinds().slice(2), ['bypass', 'bypass.read']);
    await asked[0]!.answer(read('inline', 'of the old driver'));
    assert.deepEqual(seen, []);
    await asked[2]!.answer({ ok: true, text: '', state: 'bypass' });
    assert.deepEqual(seen, ['read bypass', 'done bypass true']);
    port.replan({ driver: 'none' });
    assert.equal(seen.at(-1), 'read notFitted');
  });

  it('does not touch an inline port on a reload', () => {
    const { port, kinds } = start();
    port.replan({ driver: 'nft' });
    assert.deepEqual(kinds(), ['bypass.read', 'bypass.read']);
  });

  it('says nothing more once it is stopped', async () => {
    const { port, asked, seen } = start();
    port.set('bypass');
    port.stop();
    await asked[0]!.answer(read('inline'));
    await asked[1]!.answer({ ok: true, text: '', state: 'bypass' });
    assert.deepEqual(seen, []);
  });
});
