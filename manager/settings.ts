/**
 * The configuration as the page changes it (design section 7): read and written through the guardian, which checks and keeps versions; edited in place;
 * taken up by the engine with a reload. Two people cannot overwrite each other.
 */
import { problemOf } from '../config/check.ts';
import { editSettings, writtenForm } from '../config/edit.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { loadConfigText } from '../config/load.ts';
import type { Loaded } from '../config/load.ts';
import { resolvePlan } from '../config/resolve.ts';
import { settingFields } from '../config/setting-fields.ts';
import { settingValues } from '../config/setting-values.ts';
import type { ActionRequest } from '../core/action.ts';
import type { Actor, Journal } from '../core/api/journal.ts';
import { SETTING_PATHS } from '../core/api/settings.ts';
import type {
  ConfigProblem,
  HaSettings,
  SettingField,
  SettingName,
  SettingsConflict,
  SettingsSaved,
} from '../core/api/settings.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { GuardianAnswer, GuardianRequest, GuardianValue } from '../core/guardian-link.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Refused, Settings } from '../core/services.ts';
import type { Status } from '../core/status.ts';

export interface SettingsPorts {
  readonly ask: (request: GuardianRequest) => Promise<GuardianAnswer>;
  readonly act: (request: ActionRequest) => Promise<Result<{ readonly actionId: string }, Refused>>;
  readonly status: () => Status | null;
  readonly journal: Pick<Journal, 'append' | 'query'>;
  /** Names of this machine's interfaces. */
  readonly interfaces: () => readonly string[];
  /** When the file was last written, ms since 1970; null where that cannot be seen. */
  readonly writtenAt: (file: string) => number | null;
}

export interface RunningSettings extends Settings {
  /** Revision of the file as last seen, and its first error: for the snapshot. */
  readonly seen: { readonly revision: string | null; readonly fileError: string | null };
  /** Looks at the file again; `loaded`: the engine has just taken it up. */
  look(loaded: boolean): Promise<void>;
}

interface File {
  readonly text: string;
  readonly revision: string;
  readonly file: string;
  readonly loaded: Result<Loaded, readonly ConfigProblem[]>;
}

export function createSettings(ports: SettingsPorts): RunningSettings {
  let fields: readonly SettingField[] | null = null;
  let known: File | null = null;
  let lastGood: Loaded | null = null;
  /** Revision that the engine runs, as far as this manager has seen it taken up. */
  let inEffect: string | null = null;
  let seen: RunningSettings['seen'] = { revision: null, fileError: null };

  async function read(): Promise<Result<File, Refused>> {
    const answer = await ask({ kind: 'read' });
    if (!answer.ok) return answer;
    const { text, revision, file = '' } = answer.value;
    if (typeof text !== 'string' || revision === undefined) return fail(noAnswer('the guardian gave no file'));
    // The same text is judged once: the file is looked at often.
    if (known?.revision !== revision) known = { text, revision, file, loaded: parse(text, file) };
    const { loaded } = known;
    if (loaded.ok) lastGood = loaded.value;
    seen = { revision, fileError: loaded.ok ? null : firstOf(loaded.error) };
    return ok(known);
  }

  async function ask(request: GuardianRequest): Promise<Result<GuardianValue, Refused>> {
    const answer = await ports.ask(request);
    return answer.ok ? ok(answer.value) : fail(refusedBy(answer.error));
  }

  /** What the form shows of a file that cannot be used: the last one that could. */
  async function shown({ loaded }: File): Promise<HaSettings | null> {
    if (loaded.ok) return settingValues(loaded.value.config);
    lastGood ??= await newestGoodVersion();
    return lastGood === null ? null : settingValues(lastGood.config);
  }

  async function newestGoodVersion(): Promise<Loaded | null> {
    const kept = await ask({ kind: 'versions' });
    for (const { id } of kept.ok ? (kept.value.versions ?? []) : []) {
      const version = await ask({ kind: 'version', id });
      const loaded = version.ok && typeof version.value.text === 'string' ? parse(version.value.text, id) : null;
      if (loaded?.ok === true) return loaded.value;
    }
    return null;
  }

  function pending({ loaded, revision, file }: File): boolean {
    const status = ports.status();
    if (!loaded.ok || status === null || revision === inEffect) return false;
    const { config, warnings } = loaded.value;
    if (resolvePlan(config, warnings).hash !== status.configuration.hash) return true;
    if (config.ha.primary !== status.primary || inEffect !== null) return true;
    // Taken up before this manager was there: what was written later is not.
    return (ports.writtenAt(file) ?? 0) > Date.parse(status.configuration.loadedAt);
  }

  function changedBy(revision: string): Pick<SettingsConflict, 'changedBy' | 'changedAt'> {
    const { entries } = ports.journal.query({ kinds: ['user'], limit: 200 });
    const entry = entries.find(({ details }) => details?.['revision'] === revision);
    return { changedBy: entry?.actor?.user ?? null, changedAt: entry?.at ?? null };
  }

  async function conflict(current: File): Promise<Refused> {
    const theirs = await shown(current);
    const text = 'the file was changed meanwhile: nothing was saved';
    if (theirs === null) return { status: 412, code: 'conflict', text };
    const { revision } = current;
    return { status: 412, code: 'conflict', text, conflict: { theirs, revision, ...changedBy(revision) } };
  }

  /** Writes, tells the journal, has it taken up. */
  async function put(
    text: string,
    before: File,
    by: Actor,
    reason: ManagerReason,
    details: Readonly<Record<string, string>>,
  ): Promise<Result<SettingsSaved, Refused>> {
    const { file } = before;
    const loaded = parse(text, file);
    if (!loaded.ok) return fail(invalid(loaded.error));
    const answer = await ports.ask({ kind: 'write', text, revision: before.revision, by: by.user });
    if (!answer.ok) {
      if (answer.error.code !== 'conflict') return fail(refusedBy(answer.error));
      const now = await read();
      return now.ok ? fail(await conflict(now.value)) : now;
    }
    const revision = answer.value.revision ?? '';
    lastGood = loaded.value;
    seen = { revision, fileError: null };
    const reload = await ports.act({ action: 'reload', by: by.user });
    await ports.journal.append({
      kind: 'user',
      severity: 'info',
      reason: { code: reason.code, text: managerReasonText(reason) },
      actor: by,
      details: { ...details, revision },
      incident: null,
      ...(reload.ok ? { actionId: reload.value.actionId } : {}),
    });
    if (!reload.ok)
      return fail({ status: 503, code: 'savedNotLoaded', text: `saved, but not in effect: ${reload.error.text}` });
    const { config, warnings } = loaded.value;
    return ok({ revision, values: settingValues(config), actionId: reload.value.actionId, warnings });
  }

  return {
    get seen() {
      return seen;
    },
    async look(loaded) {
      const now = await read();
      if (now.ok && loaded && now.value.loaded.ok) inEffect = now.value.revision;
    },
    async read() {
      const now = await read();
      if (!now.ok) return now;
      const values = await shown(now.value);
      const { loaded, revision } = now.value;
      const problems = loaded.ok ? [] : loaded.error;
      if (values === null) return fail(invalid(problems));
      fields ??= settingFields(configJsonSchema());
      const { flaps, bypass, links } = (loaded.ok ? loaded.value : lastGood)!.config;
      return ok({
        revision,
        values,
        fields,
        interfaces: ports.interfaces(),
        pairsConfigured: links.pairs.length,
        flapsAction: flaps.action,
        bypassDriver: bypass.driver,
        flapsWindowSeconds: flaps.window / 1000,
        fileErrors: problems,
        pending: pending(now.value),
        warnings: loaded.ok ? loaded.value.warnings : [],
      });
    },
    async save({ values, comment }, revision, by) {
      const now = await read();
      if (!now.ok) return now;
      if (now.value.revision !== revision) return fail(await conflict(now.value));
      const { loaded, text } = now.value;
      if (!loaded.ok) return fail(invalid(loaded.error));
      const before = settingValues(loaded.value.config);
      const changed = (Object.keys(SETTING_PATHS) as SettingName[]).filter(
        (name) => values[name] !== undefined && values[name] !== before[name],
      );
      const edited = editSettings(text, Object.fromEntries(changed.map((name) => [name, values[name]])));
      if (!edited.ok) return fail({ status: 422, code: 'notEditable', text: edited.error });
      const lines = changed.map((name) => ({
        path: SETTING_PATHS[name].join('.'),
        change: `${form(name, before)} → ${form(name, { ...before, ...values })}`,
      }));
      const changes = lines.map(({ path, change }) => `${path}: ${change}`).join(', ');
      const note = comment === undefined || comment === '' ? {} : { comment };
      return put(
        edited.value,
        now.value,
        by,
        { code: 'settingsSaved', changes: changes === '' ? 'nothing' : changes },
        { ...Object.fromEntries(lines.map(({ path, change }) => [path, change])), ...note },
      );
    },
    async versions() {
      const answer = await ask({ kind: 'versions' });
      return answer.ok ? ok(answer.value.versions ?? []) : answer;
    },
    async restore(id, revision, by) {
      const [now, version] = await Promise.all([read(), ask({ kind: 'version', id })]);
      if (!now.ok) return now;
      if (!version.ok) return version;
      if (now.value.revision !== revision) return fail(await conflict(now.value));
      return put(version.value.text ?? '', now.value, by, { code: 'settingsRestored', version: id }, {});
    },
  };
}

const form = (name: SettingName, values: HaSettings): string => String(writtenForm(name, values[name]));

function parse(text: string, file: string): Result<Loaded, readonly ConfigProblem[]> {
  const loaded = loadConfigText(text, file);
  return loaded.ok ? loaded : fail(loaded.error.map((error) => problemOf(error, file)));
}

function firstOf([problem]: readonly ConfigProblem[]): string {
  if (problem === undefined) return 'it is invalid';
  const { file, line, column, path, message } = problem;
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

function invalid(problems: readonly ConfigProblem[]): Refused {
  return { status: 422, code: 'invalid', text: 'this is no valid configuration: nothing was changed', problems };
}

const noAnswer = (text: string): Refused => ({ status: 503, code: 'guardianUnreachable', text });

function refusedBy(error: Extract<GuardianAnswer, { ok: false }>['error']): Refused {
  switch (error.code) {
    case 'invalid':
      return invalid(error.problems ?? []);
    case 'notFound':
      return { status: 404, code: 'notFound', text: error.text };
    case 'badRequest':
      return { status: 400, code: 'badRequest', text: error.text };
    case 'conflict':
      return { status: 412, code: 'conflict', text: error.text };
    case 'failed':
      return noAnswer(error.text);
  }
}
