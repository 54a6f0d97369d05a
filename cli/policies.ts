import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { DraftView, PolicyRow, PolicyView } from '../core/api/policies.ts';
import { listOf, objectOf } from './answer.ts';
import { EXIT, Failure, usageFailure } from './command.ts';
import type { Command, Context } from './command.ts';
import { createManagerClient } from './client.ts';
import type { EngineClient } from './client.ts';
import { formatTime } from './format.ts';
import { table } from './table.ts';
import { cleanText, paintFor, printJson } from './terminal.ts';

const WORDS = ['list', 'show', 'versions', 'put', 'remove', 'drafts', 'draft', 'publish', 'discard'] as const;

/** How many operands each word needs, and how it is called. */
const NEEDS: Readonly<Record<(typeof WORDS)[number], readonly [number, string]>> = {
  list: [0, 'list'],
  show: [1, 'show NAME'],
  versions: [1, 'versions NAME'],
  put: [2, 'put NAME FILE'],
  remove: [1, 'remove NAME'],
  drafts: [1, 'drafts NAME'],
  draft: [2, 'draft NAME FILE'],
  publish: [2, 'publish NAME DRAFT'],
  discard: [2, 'discard NAME DRAFT'],
};

export const policies: Command = {
  name: 'policies',
  summary: 'documents that sessions refer to, with versions and drafts',
  usage: [
    'policies list',
    'policies show|versions|drafts|remove NAME',
    'policies put|draft NAME FILE [--base VERSION]',
    'policies publish NAME DRAFT [--base VERSION]',
    'policies discard NAME DRAFT',
  ],
  details:
    'FILE is YAML or JSON: description, features and maxTime, as in the API. A change says which version it was made from (--base; by default the one in force now) and is refused where ' +
    'somebody was faster. Sessions keep what their policy said when they began. The leader takes changes.',
  options: {
    base: { type: 'string', value: 'VERSION', text: 'the version that it was made from' },
  },
  operands: { min: 1, max: 3, files: true },
  async run(context) {
    const { io, json, run, operands } = context;
    const [given = '', ...rest] = operands;
    const word = WORDS.find((one) => one === given);
    if (word === undefined) throw usageFailure(`'${given}' is not what policies can do: ${WORDS.join(', ')}`);
    const [needed, form] = NEEDS[word];
    if (rest.length !== needed) throw usageFailure(`it is: tandem policies ${form}`);
    const manager = createManagerClient(run, { raw: json, env: io.env });
    const [name = '', other = ''] = rest;
    const path = `/api/v1/policies/${encodeURIComponent(name)}`;
    const answer = await perform();
    if (json) printJson(io, answer ?? { done: true });
    else io.out(textOf(context, word, answer));
    return EXIT.done;

    async function perform(): Promise<unknown> {
      switch (word) {
        case 'list':
          return manager.get('/api/v1/policies');
        case 'show':
          return manager.get(path);
        case 'versions':
        case 'drafts':
          return manager.get(`${path}/${word}`);
        case 'put':
        case 'draft': {
          const document = readDocument(other);
          const body = { base: await baseOf(context, manager, path), document };
          return word === 'put' ? manager.send('PUT', path, body) : manager.post(`${path}/drafts`, body);
        }
        case 'publish': {
          const base = await baseOf(context, manager, path);
          return manager.post(`${path}/drafts/${encodeURIComponent(other)}/publish`, { base });
        }
        case 'remove':
          return manager.send('DELETE', path);
        default:
          return manager.send('DELETE', `${path}/drafts/${encodeURIComponent(other)}`);
      }
    }
  },
};

function textOf({ io, operands }: Context, word: string, answer: unknown): string {
  const print = (headings: readonly string[], rows: readonly (readonly string[])[], none: string): string =>
    rows.length === 0 ? `${none}\n` : `${table(headings, rows, io.size().columns, paintFor(io)).join('\n')}\n`;
  const when = (at: string): string => formatTime(at, io.now());
  switch (word) {
    case 'list':
      return print(
        ['POLICY', 'VERSION', 'SESSIONS', 'DRAFTS', 'BY', 'DESCRIPTION'],
        listOf<PolicyRow>(answer, 'policies').map((one) => [
          one.name,
          String(one.version),
          String(one.sessions),
          String(one.drafts),
          one.by,
          one.document.description,
        ]),
        'no policies',
      );
    case 'versions':
      return print(
        ['VERSION', 'AT', 'BY', 'DESCRIPTION'],
        listOf<PolicyView>(answer, 'versions').map(({ version, at, by, document }) => [
          String(version),
          when(at),
          by,
          document.description,
        ]),
        'no versions',
      );
    case 'drafts':
      return print(
        ['DRAFT', 'AT', 'BY', 'FROM', 'WHY'],
        listOf<DraftView>(answer, 'drafts').map(({ id, at, by, base, cause }) => [
          id,
          when(at),
          by,
          base === null ? '-' : String(base),
          cause === 'conflict' ? 'lost where two instances changed the policy at once' : 'written as a draft',
        ]),
        'no drafts',
      );
    case 'draft':
      return `${objectOf<DraftView>(answer, 'id').id}\n`;
    case 'show':
      return `${JSON.stringify(objectOf<PolicyView>(answer, 'document'), null, 2)}\n`;
    case 'put':
    case 'publish': {
      const { name, version } = objectOf<PolicyView>(answer, 'version');
      return `${name} is in force as version ${version}\n`;
    }
    default:
      return `removed ${operands.slice(1).join(' ')}\n`;
  }
}

/** What is in force now, unless it is said. */
async function baseOf({ options }: Context, manager: EngineClient, path: string): Promise<number | null> {
  const { base } = options;
  if (typeof base === 'string') {
    if (base === 'none') return null;
    if (/^[1-9]\d{0,8}$/.test(base)) return Number(base);
    throw usageFailure(`--base is the number of a version, or none, not '${base}'`);
  }
  try {
    return objectOf<PolicyView>(await manager.get(path), 'version').version;
  } catch (error) {
    if (error instanceof Failure && error.code === 'noSuchPolicy') return null;
    throw error;
  }
}

function readDocument(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new Failure(EXIT.usage, 'cannotRead', `${file} cannot be read: ${cleanText(text ?? '')}`, file);
  }
}
