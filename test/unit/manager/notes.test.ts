import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TandemEvent } from '../../../core/event.ts';
import type { Status } from '../../../core/status.ts';
import { BYPASS, MAINTENANCE, createNotes } from '../../../manager/notes.ts';
import type { Notes } from '../../../manager/notes.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

const T0 = Date.parse('2026-11-21T01:00:00.000Z');
const iso = (ms: number): string => new Date(T0 + ms).toISOString();
/** Since when it is in maintenance (ms after the asking); null = it is not. */
const status = (since: number | null): Status =>
  sampleStatus({ maintenance: since === null ? null : { by: 'ann@192.0.2.7', since: iso(since), until: null } });
const event = (code: string, at: number, more: Partial<TandemEvent> = {}): TandemEvent => ({
  id: 'e',
  seq: 1,
  at: iso(at),
  instance: 'a',
  kind: 'action',
  severity: 'info',
  reason: { code, text: code },
  incident: null,
  ...more,
});

describe('the note of a maintenance', () => {
  let folder: string;
  let file: string;
  let now: number;
  let notes: Notes;
  const warnings: string[] = [];
  const start = (): Promise<Notes> =>
    createNotes({ of: MAINTENANCE, file, wall: () => T0 + now, warn: (text) => warnings.push(text) });
  const keep = (text = 'New fans.'): Promise<void> => notes.keep(text, 'ann@192.0.2.7', 'act-1');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-note-'));
    file = join(folder, 'maintenance-note.json');
    now = 0;
    warnings.length = 0;
    notes = await start();
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is shown once the maintenance has begun, with who and when', async () => {
    await keep();
    notes.look(status(null));
    assert.equal(notes.present(), null);
    now = 2000;
    notes.look(status(1990));
    assert.deepEqual(notes.present(), { text: 'New fans.', by: 'ann@192.0.2.7', at: iso(0) });
  });

  it('survives a restart of the manager, in a file of its own', async () => {
    await keep();
    notes.look(status(50));
    await notes.settled();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    notes = await start();
    // Not before the engine has said that it is the same maintenance; its times of one moment differ a little.
    assert.equal(notes.present(), null);
    notes.look(status(53));
    assert.equal(notes.present()?.text, 'New fans.');
  });

  it('goes when the maintenance has ended, by whatever', async () => {
    await keep();
    notes.look(status(50));
    notes.look(status(null));
    assert.equal(notes.present(), null);
    await notes.settled();
    assert.equal(readFileSync(file, 'utf8'), 'null\n');
  });

  it('goes with the event of the end, though another maintenance has begun since', async () => {
    await keep();
    notes.look(status(50));
    notes.events([event('maintenanceEnded', 5000)]);
    notes.look(status(5100));
    assert.equal(notes.present(), null);
  });

  it('goes where the maintenance ended while no manager ran, and another has begun', async () => {
    await keep();
    notes.look(status(50));
    await notes.settled();
    notes = await start();
    notes.look(status(3_600_000));
    assert.equal(notes.present(), null);
  });

  it('stays while the clock is set under a maintenance that goes on', async () => {
    await keep();
    notes.look(status(50));
    notes.look(status(7_200_000));
    assert.equal(notes.present()?.text, 'New fans.');
  });

  it('is of no use where the asking came to nothing', async () => {
    await keep();
    notes.events([event('actionRefused', 10, { actionId: 'act-1', ended: 'failed' })]);
    notes.look(status(200));
    assert.equal(notes.present(), null);
    await keep();
    now = 20_000;
    notes.look(status(null));
    notes.look(status(100));
    assert.equal(notes.present(), null);
  });

  it('is not for a maintenance that was there before, nor for one that somebody begins much later', async () => {
    now = 10_000;
    await keep();
    notes.look(status(0));
    notes.events([event('maintenanceEnded', 1)]);
    notes.look(status(10_100));
    assert.equal(notes.present()?.text, 'New fans.');
    await keep('Again.');
    notes.look(status(90_000));
    assert.equal(notes.present(), null);
  });

  it('shows what could fool a reader as what it is', async () => {
    await keep('a\u202eb\u2028c');
    notes.look(status(50));
    assert.equal(notes.present()?.text, 'a\\u202eb\\u2028c');
  });

  it('begins without one where the file is damaged', async () => {
    for (const text of ['', '{}', '[1]', '{"text":"x","by":"y","at":"never","actionId":"z","since":null}']) {
      writeFileSync(file, text);
      notes = await start();
      notes.look(status(50));
      assert.equal(notes.present(), null, text);
    }
  });

  it('is shown, with a word in the log, where it cannot be written', async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await keep();
    notes.look(status(50));
    assert.equal(notes.present()?.text, 'New fans.');
    assert.match(warnings[0] ?? '', /not kept over a restart/);
  });

  it('of a bypass stands while that is engaged by hand', async () => {
    const of = (by: Status['bypass']['by'], since: number): Status =>
      sampleStatus({ bypass: { ...sampleStatus().bypass, by, reasonSince: by === null ? null : iso(since) } });
    notes = await createNotes({ of: BYPASS, file, wall: () => T0 + now, warn: (text) => warnings.push(text) });
    await keep('Cabling.');
    notes.look(of(null, 0));
    notes.look(of('operator', 20));
    assert.equal(notes.present()?.text, 'Cabling.');
    // An operator has released it, and now nobody is eligible.
    notes.look(of('serviceDown', 900));
    assert.equal(notes.present(), null);
  });
});
