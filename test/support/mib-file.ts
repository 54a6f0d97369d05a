/** A MIB module's text, read as far as the tests need it: names, numbers, access and syntax. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';

export const TANDEM_MIB_FILE = join(packageFolder, 'alerts/mib/TANDEM-MIB.txt');

export interface MibObject {
  readonly name: string;
  readonly oid: string;
  readonly macro: string;
  readonly syntax: string;
  readonly access: string;
  /** Of a notification. */
  readonly objects: readonly string[];
}

const ROOTS: Readonly<Record<string, string>> = { enterprises: '1.3.6.1.4.1', 'mib-2': '1.3.6.1.2.1' };

const DEFINITION =
  /^\s*(\w+)\s+(OBJECT IDENTIFIER|OBJECT-TYPE|NOTIFICATION-TYPE|MODULE-IDENTITY|OBJECT-GROUP|NOTIFICATION-GROUP|MODULE-COMPLIANCE)\b(.*?)::=\s*\{\s*([\w-]+)\s+(\d+)\s*\}/gms;

/** Every definition of the module, with its full OID. */
export function readMib(path = TANDEM_MIB_FILE): ReadonlyMap<string, MibObject> {
  const text = readFileSync(path, 'utf8')
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/--.*$/gm, '');
  const body = text.slice(text.indexOf(';', text.indexOf('IMPORTS')) + 1);
  const found = [...body.matchAll(DEFINITION)].map(
    ([, name = '', macro = '', inside = '', parent = '', number = '']) => ({
      name,
      macro,
      parent,
      number,
      syntax: /SYNTAX\s+(.*?)\s*$/m.exec(inside)?.[1] ?? '',
      access: /MAX-ACCESS\s+([\w-]+)/.exec(inside)?.[1] ?? '',
      objects: (/OBJECTS\s*\{([^}]*)\}/.exec(inside)?.[1] ?? '').split(/[\s,]+/).filter((word) => word !== ''),
    }),
  );
  const parents = new Map(found.map((entry) => [entry.name, entry]));
  const oidOf = (name: string): string => {
    const root = ROOTS[name];
    if (root !== undefined) return root;
    const entry = parents.get(name);
    if (entry === undefined) throw new Error(`${name} is not defined in ${path}`);
    return `${oidOf(entry.parent)}.${entry.number}`;
  };
  return new Map(
    found.map(({ name, macro, syntax, access, objects }) => [
      name,
      { name, oid: oidOf(name), macro, syntax, access, objects },
    ]),
  );
}
