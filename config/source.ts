/** A configuration file as YAML: its values, and where each of them stands. */
import {
  Composer,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type CST,
  type Document,
  type ErrorCode,
  type LineCounter,
  type Node,
  type YAMLError,
} from 'yaml';
import type { Path } from './rules/rule.ts';
import { printable } from './printable.ts';

/** Something wrong at an offset of the text. */
export interface SourceError {
  readonly offset: number;
  readonly message: string;
}

export interface Source {
  readonly document: Document;
  /** The values as plain data; aliases are resolved, and one object may then be there twice. */
  readonly data: unknown;
  /** Where the value at `path` begins; if it is missing, where the nearest parent that exists is named. */
  valueAt(path: Path): number;
  /** Where the key at the end of `path` stands. */
  keyAt(path: Path): number;
}

/**
 * How often anchors may be used. Enough for every router of the largest file; a bomb of nested
 * aliases is beyond it after three levels.
 */
const MOST_ALIASES = 2048;

const TOO_MANY_ALIASES = `aliases (*…) are used more than ${MOST_ALIASES} times, or inside each other`;

/** Mappings and lists inside each other; the schema needs about eight. */
const DEEPEST = 64;

/** Messages of our own: those of the parser repeat text of the file, which may be a password. */
const SYNTAX: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias has neither anchor nor tag: put a value that begins with * in quotes',
  BAD_ALIAS: 'an alias without its anchor: put a value that begins with * or & in quotes',
  BAD_COLLECTION_TYPE: 'tags (!…) are not used here: put a value that begins with ! in quotes',
  BAD_DIRECTIVE: 'directives (%…) are not used here: put a value that begins with % in quotes',
  BAD_DQ_ESCAPE: 'unknown escape sequence in double quotes: write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'wrong indentation: keys of one mapping begin in the same column',
  BAD_PROP_ORDER: 'anchors and tags stand before the value: put a value that begins with & or ! in quotes',
  BAD_SCALAR_START: 'a value cannot begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second key in one line: put it on a line of its own, or a value that holds a colon in quotes',
  BLOCK_IN_FLOW: 'inside { } and [ ] only , separates: no indented block can stand there',
  DUPLICATE_KEY: 'the key is there twice',
  IMPOSSIBLE: 'not YAML',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters: is a line break missing?',
  MISSING_CHAR: 'a quote, bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line: is a colon missing?',
  MULTIPLE_ANCHORS: 'a value has at most one anchor: put a value that begins with & in quotes',
  MULTIPLE_DOCS: 'a second document (---) begins here: expected one',
  MULTIPLE_TAGS: 'tags (!…) are not used here: put a value that begins with ! in quotes',
  NON_STRING_KEY: 'expected a key that is a plain word',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab: YAML is indented with spaces',
  TAG_RESOLVE_FAILED: 'tags (!…) are not used here: put a value that begins with ! in quotes',
  UNEXPECTED_TOKEN: 'unexpected text: is a quote, comma or line break missing before it?',
};

/** Text to values, or every syntax error. `counter` learns where lines begin. Throws nothing. */
export function parseSource(text: string, counter: LineCounter): Source | readonly SourceError[] {
  try {
    const tokens = tokensOf(text, counter);
    if ('offset' in tokens) return [tokens];
    // Keys are compared below: the composer's own comparison takes quadratic time.
    const composer = new Composer({ prettyErrors: false, uniqueKeys: false });
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    if (document === undefined) return [{ offset: 0, message: SYNTAX.IMPOSSIBLE }];
    if (second !== undefined) return [{ offset: second.range[0], message: SYNTAX.MULTIPLE_DOCS }];
    const said = ({ code, pos }: YAMLError): SourceError => ({ offset: pos[0], message: SYNTAX[code] });
    if (document.errors.length > 0) return firstOfEachLine(document.errors.map(said), counter);
    const bad = [...document.warnings.map(said), ...badNodes(document.contents, counter)];
    if (bad.length > 0) return firstOfEachLine(bad, counter);
    return sourceOf(document, document.toJS({ maxAliasCount: MOST_ALIASES }));
  } catch (error) {
    // RangeError: the call stack. ReferenceError: too many aliases. Neither says where.
    if (error instanceof ReferenceError) {
      return [{ offset: 0, message: TOO_MANY_ALIASES }];
    }
    return [{ offset: 0, message: error instanceof RangeError ? 'nested too deeply' : 'not YAML' }];
  }
}

/**
 * The tokens of the text, unless they are nested deeper than `DEEPEST`. Composing them is recursive, and where it meets the end of the
 * stack the process may end for good (V8 does not survive a regular expression compiled there): nothing that could be caught.
 */
function tokensOf(text: string, counter: LineCounter): readonly CST.Token[] | SourceError {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > DEEPEST) return { offset: parser.offset, message: SYNTAX.RESOURCE_EXHAUSTION };
  }
  tokens.push(...parser.end());
  return tokens;
}

/** One mistake makes the parser stumble several times on the same line; the first says what it is. */
function firstOfEachLine(errors: readonly SourceError[], counter: LineCounter): readonly SourceError[] {
  const lines = new Map<number, SourceError>();
  for (const error of errors.toSorted((a, b) => a.offset - b.offset)) {
    const { line } = counter.linePos(error.offset);
    if (!lines.has(line)) lines.set(line, error);
  }
  return [...lines.values()];
}

/** What is YAML, but not ours: keys that are no words, keys that are there twice, aliases of nothing. */
function badNodes(root: Node | null, counter: LineCounter): readonly SourceError[] {
  const errors: SourceError[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  const walk = (node: unknown, secret: boolean): void => {
    if (isAlias(node)) {
      aliases += 1;
      const offset = startOf(node) ?? 0;
      if (!anchors.has(node.source)) errors.push({ offset, message: SYNTAX.BAD_ALIAS });
      // Each is looked up by a walk through the document.
      else if (aliases === MOST_ALIASES + 1) errors.push({ offset, message: TOO_MANY_ALIASES });
    }
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchors.add(node.anchor);
    if (isSeq(node)) for (const item of node.items) walk(item, secret);
    if (!isMap(node)) return;
    const seen = new Map<string, number>();
    for (const { key, value } of node.items) {
      const offset = startOf(key) ?? startOf(node) ?? 0;
      if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number')) {
        errors.push({ offset, message: SYNTAX.NON_STRING_KEY });
        continue;
      }
      const word = String(key.value);
      const first = seen.get(word);
      const named = secret ? 'the key' : `key ${printable(word)}`;
      if (first === undefined) seen.set(word, offset);
      else errors.push({ offset, message: `${named} is there twice, first on line ${counter.linePos(first).line}` });
      walk(value, word === 'authentication');
    }
  };
  walk(root, false);
  return errors;
}

function startOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? (node.range as [number, number, number])[0]
    : undefined;
}

function sourceOf(document: Document, data: unknown): Source {
  const locate = (path: Path): { readonly key: number; readonly value: number } => {
    let node: unknown = document.contents;
    let key = startOf(node) ?? 0;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
        if (pair === undefined) return { key, value: key };
        key = startOf(pair.key) ?? key;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
        node = node.items[part];
        key = startOf(node) ?? key;
      } else return { key, value: key };
    }
    return { key, value: startOf(node) ?? key };
  };
  return { document, data, valueAt: (path) => locate(path).value, keyAt: (path) => locate(path).key };
}
