import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { configJsonSchema } from '../../../config/json-schema.ts';
import { settingFields } from '../../../config/setting-fields.ts';
import type { JournalEntry, NewEntry } from '../../../core/api/journal.ts';
import { SETTING_PATHS } from '../../../core/api/settings.ts';
import type { GuardianAnswer, GuardianRequest } from '../../../core/guardian-link.ts';
import { ok } from '../../../core/result.ts';
import type { Status } from '../../../core/status.ts';
import { createSettings } from '../../../manager/settings.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

const FILE = '/etc/tandem/tandem.yaml';
const TEXT = 'instance: a # ours\nstack: edge\nha:\n  peerCheck:\n    failureThreshold: 5\n';
const revisionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const by = { user: 'ann', from: '192.0.2.7' };

/** A guardian with a file, and the settings on top of it. */
function rig(text = TEXT) {
  const file = { text };
  const kept: { id: string; text: string }[] = [];
  const entries: JournalEntry[] = [];
  const reloads: string[] = [];
  let status: Status | null = sampleStatus();
  const guardian = (request: GuardianRequest): GuardianAnswer => {
    switch (request.kind) {
      case 'read':
        return { ok: true, value: { text: file.text, revision: revisionOf(file.text), file: FILE } };
      case 'write':
        if (request.revision !== revisionOf(file.text)) return { ok: false, error: { code: 'conflict', text: 'x' } };
        kept.unshift({ id: `v${kept.length}`, text: file.text });
        file.text = request.text;
        return { ok: true, value: { revision: revisionOf(file.text) } };
      case 'versions':
        return {
          ok: true,
          value: { versions: kept.map(({ id }) => ({ id, at: '', revision: '', by: null, bytes: 0 })) },
        };
      case 'version': {
        const found = kept.find(({ id }) => id === request.id);
        if (found === undefined) return { ok: false, error: { code: 'notFound', text: 'there is no such version' } };
        return { ok: true, value: { text: found.text } };
      }
      default:
        return { ok: false, error: { code: 'failed', text: 'not asked here' } };
    }
  };
  const settings = createSettings({
    ask: async (request) => guardian(request),
    act: async (action) => {
      reloads.push(action.by);
      return ok({ actionId: `act-${reloads.length}` });
    },
    status: () => status,
    journal: {
      append: async (entry: NewEntry) => {
        const made = { ...entry, id: 'x', seq: 1, at: '2026-11-21T01:00:00.000Z', instance: 'a', engineSeq: null };
        entries.unshift(made as unknown as JournalEntry);
        return entries[0]!;
      },
      query: () => ({ entries, more: false, next: null, first: null, last: null }),
    },
    interfaces: () => ['eth0', 'eth2'],
    writtenAt: () => null,
  });
  return { file, settings, entries, reloads, setStatus: (next: Status | null) => (status = next) };
}

describe('the settings', () => {
  it('are read with their revision, what may stand in them and what else the form needs', async () => {
    const { settings } = rig();
    const view = await settings.read();
    assert.ok(view.ok);
    const { revision, values, fields, interfaces, fileErrors, flapsAction } = view.value;
    assert.equal(revision, revisionOf(TEXT));
    assert.deepEqual([values.peerFailureThreshold, values.peerCheckIntervalMs, values.interface], [5, 100, '']);
    assert.deepEqual([fields.length, interfaces, fileErrors, flapsAction], [13, ['eth0', 'eth2'], [], 'bypass']);
  });

  it('are saved where they stand, taken up, and told with what was before', async () => {
    const { settings, file, entries, reloads } = rig();
    const saved = await settings.save(
      { values: { peerFailureThreshold: 3, minimumBandwidth: 50_000_000 } },
      revisionOf(TEXT),
      by,
    );
    assert.ok(saved.ok, JSON.stringify(saved));
    assert.match(file.text, /^instance: a # ours\n/);
    assert.match(file.text, /failureThreshold: 3\n[^]*minimum: 50Mbps/);
    assert.deepEqual([saved.value.actionId, saved.value.revision, reloads], ['act-1', revisionOf(file.text), ['ann']]);
    const [entry] = entries;
    assert.equal(
      entry?.reason.text,
      'settings changed: ha.peerCheck.failureThreshold: 5 → 3, bandwidth.minimum: 1024 → 50Mbps',
    );
    assert.deepEqual([entry?.kind, entry?.actor, entry?.actionId], ['user', by, 'act-1']);
    assert.equal(entry?.details?.['ha.peerCheck.failureThreshold'], '5 → 3');
  });

  it('are not saved over those of somebody who was faster: both are told, with who it was', async () => {
    const { settings, file } = rig();
    const first = await settings.save({ values: { port: 5000 } }, revisionOf(TEXT), by);
    assert.ok(first.ok);
    const kept = file.text;
    const second = await settings.save({ values: { port: 6000 } }, revisionOf(TEXT), { ...by, user: 'bob' });
    assert.ok(!second.ok);
    assert.deepEqual([second.error.status, second.error.code], [412, 'conflict']);
    assert.equal(second.error.conflict?.theirs.port, 5000);
    assert.deepEqual([second.error.conflict.revision, second.error.conflict.changedBy], [revisionOf(kept), 'ann']);
    assert.equal(file.text, kept);
  });

  it('are refused with the paths and texts of tandemd check', async () => {
    const { settings, file, reloads } = rig();
    const refused = await settings.save({ values: { peerCheckIntervalMs: 1, port: 0 } }, revisionOf(TEXT), by);
    assert.ok(!refused.ok);
    assert.equal(refused.error.status, 422);
    assert.deepEqual(
      refused.error.problems?.map(({ path, file: name }) => [path, name]),
      [
        ['ha.peerCheck.interval', FILE],
        ['ha.port', FILE],
      ],
    );
    assert.match(refused.error.problems?.[0]?.message ?? '', /expected a duration of 5ms to 60s/);
    assert.deepEqual([file.text, reloads], [TEXT, []]);
  });

  it('show the last good ones beside the errors of a file that was broken by hand', async () => {
    const { settings, file } = rig();
    await settings.read();
    file.text = `${TEXT}nonsense: 1\n`;
    const view = await settings.read();
    assert.ok(view.ok);
    assert.equal(view.value.values.peerFailureThreshold, 5);
    assert.match(view.value.fileErrors[0]?.message ?? '', /unknown key/);
    assert.match(settings.seen.fileError ?? '', /tandem\.yaml:6:1: nonsense/);
    const never = await rig('no: thing\n').settings.read();
    assert.ok(!never.ok && never.error.status === 422);
  });

  it('are pending while the engine runs others than the file', async () => {
    const { settings, setStatus } = rig();
    const isPending = async (): Promise<boolean | null> => {
      const view = await settings.read();
      return view.ok ? view.value.pending : null;
    };
    assert.equal(await isPending(), true);
    await settings.look(true);
    assert.equal(await isPending(), false);
    setStatus(null);
    assert.equal(await isPending(), false);
  });

  it('come back from a version that was kept', async () => {
    const { settings, file, entries } = rig();
    await settings.save({ values: { port: 5000 } }, revisionOf(TEXT), by);
    const restored = await settings.restore('v0', revisionOf(file.text), by);
    assert.ok(restored.ok);
    assert.equal(file.text, TEXT);
    assert.equal(entries[0]?.reason.text, 'configuration of v0 restored');
    const none = await settings.restore('v9', revisionOf(file.text), by);
    assert.ok(!none.ok && none.error.status === 404);
  });
});

describe('the fields of the form', () => {
  const fields = settingFields(configJsonSchema());

  it('are the eleven labels with their units, out of the schema', () => {
    assert.deepEqual(
      fields.map(({ name }) => name),
      Object.keys(SETTING_PATHS),
    );
    const of = (name: string) => fields.find((field) => field.name === name);
    assert.deepEqual(
      [of('peerCheckIntervalMs')?.minimum, of('peerCheckIntervalMs')?.maximum, of('peerCheckIntervalMs')?.default],
      [5, 60_000, 100],
    );
    assert.deepEqual([of('bandwidthWindowSeconds')?.default, of('bandwidthWindowSeconds')?.maximum], [10, 3600]);
    assert.deepEqual([of('minimumBandwidth')?.default, of('minimumBandwidth')?.maximum], [1024, 100e12]);
    assert.equal(of('peerCheckIntervalMs')?.accepted, '5 to 60 000 ms');
    assert.equal(of('mode')?.accepted, 'off, active-passive, active-active, cluster');
    assert.ok(fields.every(({ title, description, example }) => title !== '' && description !== '' && example !== ''));
  });
});
