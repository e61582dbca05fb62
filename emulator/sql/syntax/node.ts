import { syntaxError } from '../sql-error.ts';
import type { Token } from './tokenizer.ts';

/** What stands between a pair of brackets. */
export interface Group {
  kind: 'group';
  open: '(' | '[';
  children: Node[];
  start: number;
  end: number;
}

/** DuckDB text put in place of source text: a bound parameter, say. */
export interface Literal {
  kind: 'literal';
  /** DuckDB SQL. */
  sql: string;
  /** The bound text, null for NULL. */
  value: string | null;
  start: number;
  end: number;
}

/** Databricks SQL as a tree of bracket groups: enough structure to rewrite it, without a whole grammar. */
export type Node = Token | Group | Literal;

/** Nests tokens by `( )` and `[ ]`. Throws PARSE_SYNTAX_ERROR when they do not pair. */
export function nest(tokens: readonly Token[]): Node[] {
  const root: Node[] = [];
  const stack: { group: Group; into: Node[] }[] = [];
  let into = root;
  for (const token of tokens) {
    if (isOp(token, '(') || isOp(token, '[')) {
      const open = token.value === '(' ? '(' : '[';
      const group: Group = { kind: 'group', open, children: [], start: token.start, end: token.end };
      into.push(group);
      stack.push({ group, into });
      into = group.children;
    } else if (isOp(token, ')') || isOp(token, ']')) {
      const top = stack.pop();
      if (top === undefined || (top.group.open === '(') !== (token.value === ')'))
        throw syntaxError(token.text);
      top.group.end = token.end;
      into = top.into;
    } else into.push(token);
  }
  if (stack.length > 0) throw syntaxError('', 'A bracket is not closed.');
  return root;
}

/** Narrows only where the answer is yes: a node that is not this word may well be another token. */
interface Matched extends Token {
  readonly matched: true;
}

/** Is it this operator? */
export function isOp(node: Node | undefined, value: string): node is Matched {
  return node?.kind === 'op' && node.value === value;
}

/** Is it one of these unquoted words, whatever their case? */
export function isWord(node: Node | undefined, ...words: string[]): node is Matched {
  return node?.kind === 'word' && words.includes(node.value.toUpperCase());
}

/** Is it a group in round brackets? */
export function isParens(node: Node | undefined): node is Group & { open: '(' } {
  return node?.kind === 'group' && node.open === '(';
}

/** Splits at commas of this level; an empty list gives no part. */
export function splitAtCommas(nodes: readonly Node[]): Node[][] {
  if (nodes.length === 0) return [];
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (isOp(node, ',')) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

/** The text a node begins with, for error messages. */
export function textOf(node: Node | undefined): string {
  if (node === undefined) return '';
  if (node.kind === 'group') return node.open;
  return node.kind === 'literal' ? node.sql : node.text;
}
