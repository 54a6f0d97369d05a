import assert from 'node:assert/strict';
import type { JournalEntry } from '../../../../core/api/journal.ts';
import { configJsonSchema } from '../../../../config/json-schema.ts';
import { settingFields } from '../../../../config/setting-fields.ts';
import { SETTING_PATHS } from '../../../../core/api/settings.ts';
import {
  NO_FILTER,
  fits,
  itemsOf,
  journalQuery,
  readFilter,
  writeFilter,
} from '../../../../webui/client/pages/events/query.ts';
import { bodyOf, draftOf, errorOf, valuesOf } from '../../../../webui/client/pages/settings/form-state.ts';
import { SETS, labelOf } from '../../../../webui/client/pages/settings/groups.ts';
import { entry as sampleEntry } from '../../../support/sample-entry.ts';
import { SAMPLE_SETTINGS } from '../../../support/sample-settings.ts';

const FIELDS = settingFields(configJsonSchema());
const fieldOf = (name: string) => FIELDS.find((field) => field.name === name)!;

describe('the settings form', () => {
  it('has every field in exactly one of eleven groups, whose label ends as the schema’s title', () => {
    const groups = SETS.flatMap((set) => set.groups);
    assert.equal(groups.length, 11);
    assert.deepEqual(groups.flatMap(({ names }) => names).toSorted(), Object.keys(SETTING_PATHS).toSorted());
    for (const { label, names } of groups) {
      const [first] = names;
      assert.ok(label.toLowerCase().endsWith(fieldOf(first!).title.toLowerCase()), label);
    }
    assert.equal(labelOf('bandwidthWindowSeconds'), 'Minimum bandwidth');
  });

  it('keeps values as text and gives them back', () => {
    assert.deepEqual(valuesOf(draftOf(SAMPLE_SETTINGS)), SAMPLE_SETTINGS);
    const spaced = { ...draftOf(SAMPLE_SETTINGS), minimumBandwidth: '50 000 000' };
    assert.equal(valuesOf(spaced).minimumBandwidth, 50_000_000);
  });

  it('sends what is no number as it was typed, for the manager to refuse', () => {
    const draft = { ...draftOf(SAMPLE_SETTINGS), port: 'many', maximumFlaps: '7' };
    assert.deepEqual(bodyOf(draft, ['port', 'maximumFlaps', 'primary']), {
      port: 'many',
      maximumFlaps: 7,
      primary: true,
    });
  });

  it('sees by itself what cannot be', () => {
    const draft = draftOf(SAMPLE_SETTINGS);
    assert.deepEqual(
      FIELDS.map((field) => errorOf(field, draft)).filter((error) => error !== null),
      [],
    );
    const port = fieldOf('port');
    assert.match(errorOf(port, { ...draft, port: '0' }) ?? '', /expected 1 to 65 535, found 0/);
    assert.match(errorOf(port, { ...draft, port: '65536' }) ?? '', /found 65536/);
    assert.match(errorOf(port, { ...draft, port: '' }) ?? '', /found ''/);
    assert.match(errorOf(fieldOf('interface'), { ...draft, interface: '' }) ?? '', /an interface is needed/);
  });
});

const entry = (seq: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...sampleEntry(),
  id: `e${seq}`,
  seq,
  incident: null,
  ...more,
});

describe('the filter of the events', () => {
  it('stands in the address and comes back from it', () => {
    const filter = { ...NO_FILTER, groups: ['Role', 'Peer'], text: 'b missed & more', incident: 'i/1', entry: '7' };
    assert.deepEqual(readFilter(writeFilter(filter)), filter);
    assert.equal(writeFilter(NO_FILTER), '');
    assert.deepEqual(readFilter('?group=Nothing&entry=x'), NO_FILTER);
  });

  it('asks the journal for the kinds of its groups, for times, and for one entry alone', () => {
    const query = journalQuery({ ...NO_FILTER, groups: ['Peer', 'Link'], entry: '7', from: '2026-11-21T01:00' });
    assert.equal(query.get('kinds'), 'peer,link,track');
    assert.deepEqual([query.get('after'), query.get('before')], ['6', '8']);
    assert.equal(query.get('from'), new Date('2026-11-21T01:00').toISOString());
    assert.equal(journalQuery({ ...NO_FILTER, from: 'soon' }).toString(), '');
  });

  it('judges live entries as the journal would', () => {
    const one = entry(7, { kind: 'peer', reason: { code: 'x', text: 'B missed 3 checks' }, incident: 'i1' });
    for (const [filter, wanted] of [
      [{}, true],
      [{ groups: ['Peer'] }, true],
      [{ groups: ['Link'] }, false],
      [{ text: 'MISSED' }, true],
      [{ text: 'found' }, false],
      [{ incident: 'i1' }, true],
      [{ incident: 'i2' }, false],
      [{ entry: '7' }, true],
      [{ entry: '8' }, false],
      [{ from: '2999-01-01T00:00' }, false],
      [{ to: '1999-01-01T00:00' }, false],
    ] as const)
      assert.equal(fits(one, { ...NO_FILTER, ...filter }), wanted, JSON.stringify(filter));
  });

  it('makes one item of an incident: the change of role at its head, causes and effects below in order', () => {
    const items = itemsOf([
      entry(5),
      entry(4, { kind: 'address', incident: 'i1' }),
      entry(3, { kind: 'role', incident: 'i1' }),
      entry(2, { kind: 'peer', incident: 'i1', severity: 'critical' }),
      entry(1),
    ]);
    assert.deepEqual(
      items.map(({ head, rest }) => [head.seq, rest.map(({ seq }) => seq)]),
      [
        [5, []],
        [3, [2, 4]],
        [1, []],
      ],
    );
    assert.deepEqual(
      items.map(({ loudest }) => loudest),
      ['info', 'critical', 'info'],
      'a good end does not hide what led to it',
    );
  });

  it('puts the loudest at the head where no role changed', () => {
    const [item] = itemsOf([
      entry(1, { kind: 'peer', incident: 'i1' }),
      entry(2, { kind: 'link', incident: 'i1', severity: 'critical' }),
    ]);
    assert.equal(item?.head.seq, 2);
  });
});
