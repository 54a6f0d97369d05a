/** The form: changes in words, effects while typing, errors at the field and in a summary, two people kept apart. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type {
  HaSettings,
  SettingField,
  SettingName,
  SettingsSaved,
  SettingsView,
} from '../../../../core/api/settings.ts';
import { ask } from '../../api/client.ts';
import type { Problem } from '../../api/client.ts';
import { useRefusal } from '../../api/session.tsx';
import { useLive } from '../../live/live.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { useOutOfTouch } from '../../parts/freshness.tsx';
import { guardLeaving } from '../../router.tsx';
import { changed, drastic, effectOf } from '../../words/effects.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import { Field, fieldId } from './field.tsx';
import { bodyOf, draftOf, errorOf, valuesOf } from './form-state.ts';
import type { Draft } from './form-state.ts';
import { SETS, labelOf } from './groups.ts';
import { Help } from './help.tsx';
import { SavedNote } from './saved-note.tsx';

const inputOf = (name: SettingName): HTMLElement | null => document.getElementById(fieldId(name));

/** Used only while bandwidth is monitored. */
const OF_BANDWIDTH: ReadonlySet<SettingName> = new Set(['minimumBandwidth', 'bandwidthWindowSeconds']);

export function SettingsForm({ view: read }: { readonly view: SettingsView }): ReactNode {
  // What the form began from: a later reading must not change what is being typed.
  const [view, setView] = useState(read);
  const [draft, setDraft] = useState<Draft>(() => draftOf(read.values));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, setSaved] = useState<SettingsSaved | null>(null);
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const { snapshot } = useLive().state;
  const refusal = useRefusal('admin');
  const old = useOutOfTouch();
  const summary = useRef<HTMLDivElement>(null);
  const status = snapshot?.status ?? null;
  const values = valuesOf(draft);
  const changes = changed(view.values, values);
  const ground = { values, view, status };
  const dirty = changes.length > 0;

  useEffect(() => {
    guardLeaving(dirty ? () => window.confirm('Leave without saving the changes?') : null);
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    if (dirty) window.addEventListener('beforeunload', warn);
    return () => {
      guardLeaving(null);
      window.removeEventListener('beforeunload', warn);
    };
  }, [dirty]);

  // Somebody else saved, and nothing is typed here: take it over.
  useEffect(() => {
    if (dirty || read.revision === view.revision) return;
    setView(read);
    setDraft(draftOf(read.values));
  }, [read, view.revision, dirty]);

  const fields = new Map(view.fields.map((field) => [field.name, field]));
  const errors = new Map<SettingName, string>();
  for (const field of view.fields) {
    // What the manager said is said in its words, which are those of the file's check.
    const told = problem?.problems.find(({ path }) => path === field.path)?.message;
    const own = told ?? errorOf(field, draft);
    const effect = effectOf(field.name, ground);
    if (own !== null) errors.set(field.name, own);
    else if (effect?.level === 'error') errors.set(field.name, effect.text);
  }
  const elsewhere = problem?.problems.filter(({ path }) => !view.fields.some((field) => field.path === path)) ?? [];

  function change(name: SettingName, value: string | boolean): void {
    setDraft({ ...draft, [name]: value });
    setSaved(null);
    setProblem(null);
  }

  async function save(): Promise<void> {
    setSure(false);
    setBusy(true);
    const body = { values: bodyOf(draft, changes) };
    const answer = await ask<SettingsSaved>('PUT', '/settings', { body, ifMatch: view.revision });
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      const first = view.fields.find(({ path }) => answer.problem.problems.some((one) => one.path === path));
      window.setTimeout(() => (first === undefined ? summary.current : inputOf(first.name))?.focus(), 0);
      return;
    }
    setSaved(answer.value);
    setProblem(null);
    const next = { ...view, revision: answer.value.revision, values: answer.value.values };
    // What was read before the save must not come back until the next reading.
    queries.setQueryData(['settings'], next);
    setView(next);
    setDraft(draftOf(next.values));
    void queries.invalidateQueries({ queryKey: ['settings'] });
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (refusal !== null || old !== null || !dirty) return;
    // What only the page can know, as a second primary; of all else the manager has the last word.
    const against = view.fields.find(({ name }) => effectOf(name, ground)?.level === 'error');
    if (against !== undefined) inputOf(against.name)?.focus();
    else if (drastic(ground).length > 0) setSure(true);
    else void save();
  }

  function discard(): void {
    setDraft(draftOf(view.values));
    setProblem(null);
  }

  const row = (field: SettingField): ReactNode => (
    <Field
      key={field.name}
      field={field}
      view={view}
      value={draft[field.name]}
      error={errors.get(field.name) ?? null}
      effect={effectOf(field.name, ground)}
      readOnly={refusal !== null || (OF_BANDWIDTH.has(field.name) && !values.bandwidthEnabled)}
      onChange={(value) => change(field.name, value)}
    />
  );
  const why = refusal ?? old ?? (dirty ? null : 'nothing is changed');

  return (
    <form className="t-full" onSubmit={submit} aria-label="HA settings" noValidate>
      <p className="t-dim">
        Applies to {status?.instance ?? 'this instance'} only · revision {view.revision.slice(0, 8)}
        {view.pending ? ' · the file was changed by hand and is not in effect yet' : ''}
      </p>
      {(errors.size > 0 && problem !== null) || (problem !== null && problem.conflict === null) ? (
        <div ref={summary} tabIndex={-1} role="alert" className="t-summary">
          <strong>Not saved: {problem.text}</strong>
          <ul>
            {[...errors].map(([name, text]) => (
              <li key={name}>
                <a
                  href={`#${fieldId(name)}`}
                  onClick={(event) => {
                    event.preventDefault();
                    inputOf(name)?.focus();
                  }}
                >
                  {labelOf(name)}: {text}
                </a>
              </li>
            ))}
            {elsewhere.map(({ file, line, column, message }) => (
              <li key={`${line}:${column}`}>
                <code>
                  {file}:{line}:{column}
                </code>{' '}
                {message}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {SETS.map(({ legend, groups }) => (
        <fieldset key={legend} className="t-set">
          <legend>{legend}</legend>
          {groups.map(({ label, names }) => {
            const own = names.flatMap((name) => fields.get(name) ?? []);
            return (
              <div key={label} className="t-group" role="group" aria-label={label} data-group={label}>
                <span className="t-group-label">
                  {label} <Help label={label} fields={own} />
                </span>
                <div className="t-group-fields">{own.map(row)}</div>
              </div>
            );
          })}
        </fieldset>
      ))}
      <Changes names={changes} before={view.values} values={values} />
      {dirty && read.revision !== view.revision ? (
        <p className="t-warning">! The settings were changed meanwhile: saving asks what to keep.</p>
      ) : null}
      <div className="t-buttons t-save">
        <ActButton type="submit" variant="primary" why={busy ? 'saving' : why} onAct={() => undefined}>
          Save changes
        </ActButton>
        <Button variant="link" onClick={discard} isDisabled={!dirty}>
          Discard
        </Button>
      </div>
      {saved === null ? null : <SavedNote saved={saved} />}
      {problem?.conflict === null || problem === null ? null : (
        <ConflictDialog
          conflict={problem.conflict}
          yours={values}
          before={view.values}
          onDecide={(decided) => {
            const { theirs, revision } = problem.conflict!;
            setView({ ...view, values: theirs, revision });
            setDraft(draftOf(decided));
            setProblem(null);
          }}
          onClose={() => setProblem(null)}
        />
      )}
      {sure ? (
        <Dialog
          title="This triggers a failover now"
          verb="Save all the same"
          danger
          onAct={() => void save()}
          onClose={() => setSure(false)}
        >
          <ul>
            {drastic(ground).map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Dialog>
      ) : null}
    </form>
  );
}

/** `2 changes: peer failure threshold 3 → 2, …`. */
function Changes({
  names,
  before,
  values,
}: {
  readonly names: readonly SettingName[];
  readonly before: HaSettings;
  readonly values: HaSettings;
}): ReactNode {
  if (names.length === 0) return null;
  return (
    <p className="t-changes">
      <strong>{names.length === 1 ? '1 change' : `${names.length} changes`}:</strong>{' '}
      {names
        .map((name) => `${labelOf(name).toLowerCase()} ${String(before[name])} → ${String(values[name])}`)
        .join(', ')}
    </p>
  );
}
