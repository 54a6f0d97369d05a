/** docs/operations.md has to say what to do about everything that can alarm somebody. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';

const read = (path: string): string => readFileSync(join(packageFolder, path), 'utf8');

/** History only: these are never a warning by themselves. A new code belongs here or into the page. */
const HISTORY = new Set(
  (
    'starting started activeHeard resigned preempting owner nobodyHasIt betterHeard peerHealthy pathHealthy peerRestarted peerActive betterReported ' +
    'handoverBegun handedOver tookOver bandwidthArmed flapsReset serviceRestored maintenanceEnded switchover faultCleared conditionCleared recovered stopping ' +
    'addressesTaken addressesLetGo bypassBecause configLoaded actionAccepted preemptionHeld preemptionReleased ' +
    'loggedIn loggedOut actionAsked settingsSaved settingsRestored userAdded userRemoved roleChanged tokenAdded tokenRemoved alertsTested sinkBack ' +
    'drillDone managerStarted engineBack snapshotTaken storeBack leads follows syncUp ' +
    'sessionStarted sessionKilled sessionsKilled sourcesChanged rulesBack policyPublished policyRemoved draftAdded draftRemoved'
  ).split(' '),
);

const codes = (path: string): readonly string[] => [
  ...new Set([...read(path).matchAll(/readonly code: '(\w+)'/g)].map(([, code = '']) => code)),
];

/** The words of a union of texts. */
function words(path: string, type: string): readonly string[] {
  const body = new RegExp(`export type ${type} =([^;]*);`).exec(read(path))?.[1] ?? '';
  return [...body.matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
}

describe('the page for operators', () => {
  const page = read('docs/operations.md');
  const told = (word: string): boolean => page.includes(`\`${word}\``);

  it('says what every alarm means and what to do', () => {
    const all = ['core/reason.ts', 'core/manager-reason.ts'].flatMap(codes);
    assert.ok(all.length > 80);
    assert.deepEqual(
      all.filter((code) => !told(code) && !HISTORY.has(code)),
      [],
    );
  });

  it('says what every fault and every condition means', () => {
    const names = [...words('core/reason.ts', 'FaultName'), ...words('core/reason.ts', 'ConditionName')];
    assert.ok(names.length > 20);
    assert.deepEqual(
      names.filter((name) => !told(name)),
      [],
    );
  });

  it('tells of installing, upgrading, certificates, lock-out, backup, log level and network managers', () => {
    for (const title of [
      'Install on',
      'Upgrade a pair',
      'Certificate',
      'Locked out',
      'Backup',
      'Log level',
      'Network managers',
    ])
      assert.match(page, new RegExp(`^## ${title}`, 'm'));
  });
});
