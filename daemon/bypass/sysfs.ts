/** Cards whose kernel driver has a control file for each pair: one text in it is inline, another one bypass. */
import type { BypassPlan } from '../../config/plan.ts';
import { chain, refuse, together } from './driver.ts';
import type { BypassDriver, Judgement, Sight } from './driver.ts';

const NOT_CONFIGURED = 'bypass.sysfs names no file for this pair';

export const sysfs: BypassDriver = {
  software: false,
  watchdog: null,
  powerOff: null,

  looks({ plan, pairs }) {
    return pairs.map(({ name }) => ({ look: 'file', file: fileOf(plan.sysfs, name) ?? '' }));
  },

  judge({ plan, pairs }, sights) {
    return together(pairs.map(({ name }, n) => ({ name, judgement: positionOf(plan.sysfs, name, sights[n]) })));
  },

  steps({ plan, pairs }, position) {
    return pairs.map(({ name }) => {
      const file = fileOf(plan.sysfs, name);
      if (plan.sysfs === null || file === null) return refuse(name, NOT_CONFIGURED);
      // With a line end, as `echo` writes it: that is what the authors of such files tried them with.
      return chain(name, [{ do: 'write', file, text: `${plan.sysfs[position]}\n` }]);
    });
  },
};

type Files = BypassPlan['sysfs'];

function fileOf(files: Files, pair: string): string | null {
  return files !== null && Object.hasOwn(files.file, pair) ? (files.file[pair] ?? null) : null;
}

function positionOf(files: Files, pair: string, sight: Sight | undefined): Judgement {
  const file = fileOf(files, pair);
  if (files === null || file === null || sight === undefined) return { state: 'unknown', detail: NOT_CONFIGURED };
  // A file that is gone is a kernel driver that is gone: where the relays stand then, nobody knows.
  if (!sight.ok) return { state: 'unknown', detail: sight.trouble };
  const said = sight.text.trim();
  if (said === files.bypass.trim()) return { state: 'bypass', detail: '' };
  if (said === files.inline.trim()) return { state: 'inline', detail: '' };
  const shown = said.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 40);
  return { state: 'unknown', detail: `${file} holds '${shown}': expected '${files.inline}' or '${files.bypass}'` };
}
