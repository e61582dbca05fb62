import { syntaxError } from '../sql-error.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'op';
  /** As written, with quotes. */
  text: string;
  /** Without quotes and escapes; an operator or a word as written. */
  value: string;
  /** Offsets in the statement; `end` is exclusive. */
  start: number;
  end: number;
}

const OPERATORS = ['?::', '<=>', '::', '<=', '>=', '<>', '!=', '==', '||', '->', '=>'];
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:BD|[LDFSY])?(?![\p{L}\p{N}_])/iuy;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\x1a' };

/** Cuts Databricks SQL into tokens, dropping blanks and comments. Throws PARSE_SYNTAX_ERROR on what is no token. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], end: number, value = sql.slice(at, end)) => {
    tokens.push({ kind, text: sql.slice(at, end), value, start: at, end });
    at = end;
  };
  while (at < sql.length) {
    const char = sql.charAt(at);
    if (/\s/.test(char)) at += 1;
    else if (sql.startsWith('--', at)) at = endOfLine(sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else if (char === "'" || char === '"') push('string', ...readString(sql, at, char, false));
    else if (/[rR]/.test(char) && /['"]/.test(sql.charAt(at + 1)))
      push('string', ...readString(sql, at + 1, sql.charAt(at + 1), true));
    else if (char === '`') push('quoted', ...readBackquoted(sql, at));
    else {
      const number = match(NUMBER, sql, at);
      const word = match(WORD, sql, at);
      if (number !== null && !isField(tokens.at(-1), char)) push('number', at + number.length);
      else if (word !== null) push('word', at + word.length);
      else push('op', at + (OPERATORS.find((op) => sql.startsWith(op, at)) ?? operator(char)).length);
    }
  }
  return tokens;
}

/** In `a.1x` or `t.5` the dot belongs to the name before it. */
function isField(previous: Token | undefined, char: string): boolean {
  return char === '.' && (previous?.kind === 'word' || previous?.kind === 'quoted');
}

function operator(char: string): string {
  if ('+-*/%=<>!.,;:()[]{}?&|^~@'.includes(char)) return char;
  throw syntaxError(char);
}

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

function endOfLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end === -1 ? sql.length : end + 1;
}

function endOfComment(sql: string, at: number): number {
  let depth = 0;
  for (let i = at; i < sql.length; i += 1) {
    if (sql.startsWith('/*', i)) {
      depth += 1;
      i += 1;
    } else if (sql.startsWith('*/', i)) {
      depth -= 1;
      i += 1;
      if (depth === 0) return i + 1;
    }
  }
  throw syntaxError('/*', 'Found an unclosed bracketed comment.');
}

function readString(sql: string, open: number, quote: string, raw: boolean): [number, string] {
  let value = '';
  for (let i = open + 1; i < sql.length; i += 1) {
    const char = sql.charAt(i);
    if (char === quote && sql.charAt(i + 1) === quote && !raw) {
      value += quote;
      i += 1;
    } else if (char === quote) return [i + 1, value];
    else if (char === '\\' && !raw) {
      i += 1;
      const [taken, text] = readEscape(sql, i);
      value += text;
      i += taken - 1;
    } else value += char;
  }
  throw syntaxError(sql.slice(open, open + 20), 'The string literal is not closed.');
}

function readEscape(sql: string, at: number): [number, string] {
  const char = sql.charAt(at);
  const unicode = /^u([0-9a-fA-F]{4})/.exec(sql.slice(at, at + 5))?.[1];
  if (unicode !== undefined) return [5, String.fromCharCode(Number.parseInt(unicode, 16))];
  if (char === '%' || char === '_') return [1, `\\${char}`];
  return [1, ESCAPES[char] ?? char];
}

function readBackquoted(sql: string, open: number): [number, string] {
  let value = '';
  for (let i = open + 1; i < sql.length; i += 1) {
    if (sql.charAt(i) !== '`') value += sql.charAt(i);
    else if (sql.charAt(i + 1) === '`') {
      value += '`';
      i += 1;
    } else return [i + 1, value];
  }
  throw syntaxError(sql.slice(open, open + 20), 'The quoted identifier is not closed.');
}
