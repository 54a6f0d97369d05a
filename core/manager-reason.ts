/** Why, for what the manager itself has to tell: the other half of the closed list (core/reason.ts), with its one formatter. */
import type { CloseReason } from './api/sessions.ts';

export type ManagerReason =
  // kind user
  | { readonly code: 'loggedIn'; readonly user: string }
  | { readonly code: 'loggedOut'; readonly user: string }
  | { readonly code: 'loginFailed'; readonly user: string; readonly why: string }
  | { readonly code: 'loginsLimited'; readonly from: string }
  | { readonly code: 'requestRefused'; readonly request: string; readonly status: number; readonly why: string }
  | { readonly code: 'actionAsked'; readonly action: string; readonly detail: string }
  | { readonly code: 'settingsSaved'; readonly changes: string }
  | { readonly code: 'settingsRestored'; readonly version: string }
  | { readonly code: 'passwordSet'; readonly user: string }
  | { readonly code: 'userAdded'; readonly user: string; readonly role: string }
  | { readonly code: 'userRemoved'; readonly user: string }
  | { readonly code: 'roleChanged'; readonly user: string; readonly role: string }
  | { readonly code: 'tokenAdded'; readonly token: string; readonly role: string }
  | { readonly code: 'tokenRemoved'; readonly token: string }
  | { readonly code: 'alertsTested'; readonly sink: string }
  // kind alert
  | { readonly code: 'sinkFailing'; readonly sink: string; readonly error: string }
  | { readonly code: 'sinkBack'; readonly sink: string; readonly queued: number }
  | { readonly code: 'sinkDropped'; readonly sink: string; readonly count: number }
  | { readonly code: 'sinkRefused'; readonly sink: string; readonly count: number; readonly error: string }
  | { readonly code: 'testAlert'; readonly by: string }
  // kind drill
  | { readonly code: 'drillDone'; readonly to: string; readonly durationMs: number; readonly detail: string }
  | { readonly code: 'drillSkipped'; readonly to: string; readonly why: string }
  | { readonly code: 'drillFailed'; readonly to: string; readonly why: string }
  // kind manager
  | { readonly code: 'managerStarted'; readonly version: string }
  | { readonly code: 'engineLost'; readonly error: string }
  | { readonly code: 'engineBack'; readonly silentMs: number }
  | { readonly code: 'eventsMissed'; readonly detail: string }
  | { readonly code: 'snapshotTaken'; readonly file: string }
  | { readonly code: 'snapshotFailed'; readonly error: string }
  | { readonly code: 'entriesDropped'; readonly count: number }
  | { readonly code: 'journalDamaged'; readonly file: string; readonly error: string }
  | { readonly code: 'certificateLoaded'; readonly file: string; readonly until: string }
  | { readonly code: 'certificateRefused'; readonly file: string; readonly error: string }
  | { readonly code: 'storeLost'; readonly error: string }
  | { readonly code: 'storeBack' }
  | { readonly code: 'syncUp'; readonly peer: string; readonly address: string }
  | { readonly code: 'syncDown'; readonly peer: string; readonly why: string }
  | { readonly code: 'syncFailed'; readonly error: string }
  | {
      readonly code: 'syncRefused';
      readonly count: number;
      readonly from: string;
      readonly why: string;
      readonly detail: string;
    }
  | {
      readonly code: 'storeConflict';
      readonly key: string;
      readonly winner: string;
      readonly losers: readonly string[];
      readonly outcome: 'deleted' | 'written';
      readonly drafts: readonly string[];
    }
  | { readonly code: 'leads'; readonly instance: string; readonly term: number }
  | { readonly code: 'follows'; readonly leader: string }
  | { readonly code: 'addressShared'; readonly address: string; readonly others: readonly string[] }
  // kind session
  | { readonly code: 'sessionStarted'; readonly session: string; readonly target: string; readonly features: string }
  | { readonly code: 'sessionKilled'; readonly session: string }
  | { readonly code: 'policyPublished'; readonly policy: string; readonly version: number }
  | { readonly code: 'policyRemoved'; readonly policy: string }
  | { readonly code: 'draftAdded'; readonly policy: string; readonly draft: string }
  | { readonly code: 'draftRemoved'; readonly policy: string; readonly draft: string }
  | { readonly code: 'sessionsKilled'; readonly count: number }
  | { readonly code: 'sourcesChanged'; readonly session: string; readonly added: number; readonly removed: number }
  | {
      readonly code: 'sessionEnded';
      readonly session: string;
      readonly target: string;
      readonly reason: CloseReason;
      readonly detail: string;
    }
  | {
      readonly code: 'sessionRestored';
      readonly session: string;
      readonly target: string;
      readonly home: string;
      readonly trouble: string;
    }
  | { readonly code: 'rulesFailing'; readonly error: string }
  | { readonly code: 'rulesBack' };

/** The sentence, as journal, page, syslog, trap and webhook say it. */
export function managerReasonText(reason: ManagerReason): string {
  switch (reason.code) {
    case 'loggedIn':
      return `${reason.user} logged in`;
    case 'loggedOut':
      return `${reason.user} logged out`;
    case 'loginFailed':
      return `login of ${reason.user} refused: ${reason.why}`;
    case 'loginsLimited':
      return `too many failed logins from ${reason.from}: refused for a while`;
    case 'requestRefused':
      return `${reason.request} refused with ${reason.status}: ${reason.why}`;
    case 'actionAsked':
      return reason.detail === '' ? `${reason.action} asked for` : `${reason.action} asked for: ${reason.detail}`;
    case 'settingsSaved':
      return `settings changed: ${reason.changes}`;
    case 'settingsRestored':
      return `configuration of ${reason.version} restored`;
    case 'passwordSet':
      return `password of ${reason.user} set`;
    case 'userAdded':
      return `user ${reason.user} added as ${reason.role}`;
    case 'userRemoved':
      return `user ${reason.user} removed`;
    case 'roleChanged':
      return `${reason.user} is ${reason.role} now`;
    case 'tokenAdded':
      return `token ${reason.token} made for ${reason.role}`;
    case 'tokenRemoved':
      return `token ${reason.token} removed`;
    case 'alertsTested':
      return `test alert sent to ${reason.sink}`;
    case 'sinkFailing':
      return `${reason.sink} takes no alerts: ${reason.error}`;
    case 'sinkBack':
      return `${reason.sink} takes alerts again, ${reason.queued} waited`;
    case 'sinkDropped':
      return `${reason.count} alerts for ${reason.sink} were dropped: its queue is full`;
    case 'sinkRefused':
      return `${reason.sink} refuses ${reason.count} ${reason.count === 1 ? 'alert' : 'alerts'} for good: ${reason.error}`;
    case 'testAlert':
      return `test alert, asked for by ${reason.by}`;
    case 'drillDone':
      return `drill: ${reason.to} took over in ${reason.durationMs} ms${reason.detail === '' ? '' : `, ${reason.detail}`}`;
    case 'drillSkipped':
      return `drill to ${reason.to} skipped: ${reason.why}`;
    case 'drillFailed':
      return `drill to ${reason.to} failed: ${reason.why}`;
    case 'managerStarted':
      return `manager ${reason.version} started`;
    case 'engineLost':
      return `the engine does not answer: ${reason.error}`;
    case 'engineBack':
      return `the engine answers again after ${(reason.silentMs / 1000).toFixed(1)} s`;
    case 'eventsMissed':
      return `events were missed: ${reason.detail}`;
    case 'snapshotTaken':
      return `snapshot ${reason.file} taken`;
    case 'snapshotFailed':
      return `no snapshot could be taken: ${reason.error}`;
    case 'entriesDropped':
      return `${reason.count} old entries of the journal were dropped`;
    case 'journalDamaged':
      return `the journal could not be read (${reason.error}): it is kept as ${reason.file}, and a new one begins`;
    case 'certificateLoaded':
      return `certificate ${reason.file} in use, valid until ${reason.until}`;
    case 'certificateRefused':
      return `certificate ${reason.file} not taken up: ${reason.error}`;
    case 'storeLost':
      return `the store takes no changes: ${reason.error}`;
    case 'sessionStarted':
      return `session ${reason.session} for ${reason.target} started: ${reason.features}`;
    case 'sessionKilled':
      return `session ${reason.session} killed`;
    case 'policyPublished':
      return `policy ${reason.policy} is in force as version ${reason.version}`;
    case 'policyRemoved':
      return `policy ${reason.policy} removed`;
    case 'draftAdded':
      return `draft ${reason.draft} of policy ${reason.policy} kept`;
    case 'draftRemoved':
      return `draft ${reason.draft} of policy ${reason.policy} removed`;
    case 'sessionsKilled':
      return `${reason.count} ${reason.count === 1 ? 'session' : 'sessions'} killed`;
    case 'sourcesChanged':
      return `blocklist of session ${reason.session}: ${reason.added} added, ${reason.removed} removed`;
    case 'sessionEnded':
      return `session ${reason.session} for ${reason.target} ended with ${reason.reason}: ${reason.detail}`;
    case 'sessionRestored': {
      const lame = reason.trouble === '' ? '' : `, but not all of it: ${reason.trouble}`;
      return `session ${reason.session} for ${reason.target} goes on, led by ${reason.home}${lame}`;
    }
    case 'rulesFailing':
      return `sessions are not in effect as they should be: ${reason.error}`;
    case 'rulesBack':
      return 'sessions are in effect as they should be';
    case 'storeBack':
      return 'the store takes changes again';
    case 'syncUp':
      return `the store is in step with ${reason.peer}, over ${reason.address}`;
    case 'syncDown':
      return `the store is not in step with ${reason.peer}: ${reason.why}`;
    case 'syncFailed':
      return `the store cannot be kept in step: ${reason.error}`;
    case 'syncRefused': {
      const { count, from, why, detail } = reason;
      const who = count === 1 ? `a connection of ${from}` : `${count} connections, the last of ${from},`;
      return `${who} to the sync port refused: ${why}${detail === '' ? '' : ` (${detail})`}`;
    }
    case 'storeConflict': {
      const { key, winner, losers, outcome, drafts } = reason;
      const kept = drafts.length === 0 ? '' : `, kept as ${drafts.join(', ')}`;
      return `${key} was changed on several instances at once: ${winner} has ${outcome} it, and that holds; lost: the change of ${losers.join(', ')}${kept}`;
    }
    case 'leads':
      return `${reason.instance} leads the stack (term ${reason.term})`;
    case 'follows':
      return `${reason.leader} leads the stack`;
    case 'addressShared':
      return `${reason.others.join(', ')} and this instance advertise the same address ${reason.address}: whoever is sent there may come to a standby again`;
  }
}
