/**
 * A program: writes into an embedded store until it is killed. usage: store-crash-child FOLDER. Each write is a pair of entries that only make sense together, over the
 * pair before it. Says `open LAST WRONG` (the last round that is there, and what does not fit together), then `kept ROUND` for each that was acknowledged.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../../core/clock.ts';
import { createEmbeddedStore } from '../../../stack/store/embedded/embedded.ts';
import { openDocumentFiles } from '../../../stack/store/embedded/files.ts';

const LANES = 4;
const say = (text: string): void => void writeSync(1, `${text}\n`);
const [, , folder = ''] = process.argv;
const files = openDocumentFiles(folder, 'edge', 'a');
if (!files.ok) throw new Error(files.error);
const store = createEmbeddedStore({ files: files.value, rules: [], clock: systemClock });

const found = await store.list('');
if (!found.ok) throw new Error(found.error.text);
const entries = new Map(found.value.map(({ key, value }) => [key, value as { readonly round: number }]));
let wrong = 0;
const rounds = Array.from({ length: LANES }, (_, lane) => {
  const [one, other] = [entries.get(`left/${lane}`), entries.get(`right/${lane}`)];
  if (one?.round !== other?.round) wrong += 1;
  return one?.round ?? 0;
});
// Of what is only ever made, all must be there up to the last, and nothing beyond it.
rounds.forEach((last, lane) => {
  const made = [...entries.keys()].filter((key) => key.startsWith(`made/${lane}/`)).length;
  if (made !== Math.min(last, 50)) wrong += 1;
});
say(`open ${rounds.join('/')} ${wrong}`);

async function write(lane: number, last: number): Promise<void> {
  for (let round = last + 1; ; round += 1) {
    const value = { round, filling: 'x'.repeat((round * 97) % 3000) };
    const done = await store.write({
      changes: [
        { kind: 'put', key: `left/${lane}`, value },
        { kind: 'put', key: `right/${lane}`, value },
        { kind: 'put', key: `made/${lane}/${round}`, value: round },
        ...(round > 50 ? [{ kind: 'delete', key: `made/${lane}/${round - 50}` } as const] : []),
      ],
    });
    if (!done.ok) throw new Error(done.error.text);
    say(`kept ${lane} ${round}`);
    if (round % 40 === 0) await store.forgetDeletions(-1000);
  }
}
await Promise.all(rounds.map((last, lane) => write(lane, last)));
