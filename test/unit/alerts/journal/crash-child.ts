/**
 * A program: writes into a journal until it is killed. usage: crash-child FOLDER. Says `open FIRST LAST HOLES`, then `taken SEQ` for each entry that
 * was acknowledged, and drops the oldest now and then.
 */
import { writeSync } from 'node:fs';
import { openJournal } from '../../../../alerts/journal/journal.ts';
import { event, own } from './rig.ts';

const say = (text: string): void => void writeSync(1, `${text}\n`);
const [, , folder = ''] = process.argv;
const journal = await openJournal(folder, 'a', Date.now);
const { first, last } = journal.query({ limit: 1 });
let expected = first ?? 1;
let wrong = journal.moved === null ? 0 : 1;
for await (const entry of journal.stream({ order: 'oldest' })) {
  if (entry.seq !== expected || journal.get(entry.id)?.seq !== entry.seq) wrong += 1;
  expected = entry.seq + 1;
}
if ((journal.lastEngine()?.seq ?? 0) > (last ?? 0)) wrong += 1;
say(`open ${first ?? 1} ${last ?? 0} ${wrong}`);
for (let round = 0; ; round += 1) {
  const from = (journal.lastEngine()?.seq ?? 0) + 1;
  const batch = Array.from({ length: 1 + (round % 5) }, (_, at) => {
    const seq = from + at;
    return { event: event(seq, { incident: 'i' }), log: 'L1' };
  });
  const taken = await Promise.all([journal.appendAll(batch), journal.append(own(`own ${round}`))]);
  for (const { seq } of taken.flat()) say(`taken ${seq}`);
  if (round % 10 === 9) await journal.retain(90, 60);
}
