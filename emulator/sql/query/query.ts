import { quoteIdentifier } from '../identifier.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';
import { rewriteFrom } from './from-clause.ts';
import { rewriteSelectList } from './select-list.ts';

interface Clause {
  name: string;
  nodes: Node[];
}

/** Rewrites a whole query: WITH, SELECT, FROM, set operations, VALUES, ORDER BY, LIMIT. */
export function rewriteQuery(nodes: readonly Node[], t: Translation): string {
  const cursor = new Cursor(nodes);
  const ctes = cursor.accept('WITH') ? rewriteCtes(cursor, t) : '';
  const clauses = split(cursor.rest());
  if (clauses.length === 0) throw syntaxError('', 'Expected a query.');
  // Tables first: a select list may name them in full.
  const sources = new Map(
    clauses.filter(({ name }) => name === 'FROM').map((clause) => [clause, rewriteFrom(clause.nodes, t)]),
  );
  return ctes + clauses.map((clause) => rewriteClause(clause, sources.get(clause), t)).join(' ');
}

function rewriteClause({ name, nodes }: Clause, source: string | undefined, t: Translation): string {
  if (source !== undefined) return `FROM ${source}`;
  switch (name) {
    case '':
      return nodes
        .map((node) => (isParens(node) ? `(${rewriteQuery(node.children, t)})` : unexpected(node)))
        .join(' ');
    case 'SELECT':
      return `SELECT ${rewriteSelectList(nodes, t)}`;
    case 'VALUES':
      return rewriteValues(nodes, t);
    case 'MINUS':
      return ['EXCEPT', ...nodes.map(setOperand(t))].join(' ');
    case 'UNION':
    case 'EXCEPT':
    case 'INTERSECT':
      return [name, ...nodes.map(setOperand(t))].join(' ');
    case 'TABLE':
      return `SELECT * FROM ${rewriteFrom(nodes, t)}`;
    default:
      return `${name} ${t.expression(nodes)}`;
  }
}

/** What may follow UNION: ALL, DISTINCT, or a query in brackets. */
function setOperand(t: Translation): (node: Node) => string {
  return (node) => {
    if (isWord(node, 'ALL', 'DISTINCT')) return node.value;
    return isParens(node) ? `(${rewriteQuery(node.children, t)})` : unexpected(node);
  };
}

function unexpected(node: Node): never {
  throw syntaxError(textOf(node), 'Expected a query.');
}

/** `VALUES (1, 'a'), (2, 'b')`, or `VALUES 1, 2` for one column. */
export function rewriteValues(nodes: readonly Node[], t: Translation): string {
  const rows = splitAtCommas(nodes).map((part) => {
    const [row] = part;
    const inBrackets = part.length === 1 && isParens(row) && !isWord(row.children[0], 'SELECT');
    return inBrackets ? `(${t.expression(row.children)})` : `(${t.expression(part)})`;
  });
  return `VALUES ${rows.join(', ')}`;
}

function rewriteCtes(cursor: Cursor, t: Translation): string {
  const recursive = cursor.accept('RECURSIVE') ? 'RECURSIVE ' : '';
  const ctes: string[] = [];
  do {
    const name = cursor.expectIdentifier();
    if (recursive !== '') t.scope.ctes.add(name.toLowerCase());
    const columns = isParens(cursor.peek()) ? `(${t.expression(cursor.expectParens().children)})` : '';
    cursor.expect('AS');
    const body = rewriteQuery(cursor.expectParens().children, t);
    t.scope.ctes.add(name.toLowerCase());
    ctes.push(`${quoteIdentifier(name)}${columns} AS (${body})`);
  } while (cursor.acceptOp(','));
  return `WITH ${recursive}${ctes.join(', ')} `;
}

function split(nodes: readonly Node[]): Clause[] {
  const clauses: Clause[] = [];
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i];
    if (node === undefined) break;
    const name = clauseAt(nodes, i, clauses.at(-1)?.name);
    if (name !== null) {
      clauses.push({ name, nodes: [] });
      if (name.endsWith(' BY')) i += 1;
    } else {
      if (clauses.length === 0) clauses.push({ name: '', nodes: [] });
      clauses.at(-1)?.nodes.push(node);
    }
  }
  return clauses;
}

/** The clause that begins here, or null: some of its words have other uses. */
function clauseAt(nodes: readonly Node[], i: number, current: string | undefined): string | null {
  const node = nodes[i];
  const [before, after] = [nodes[i - 1], nodes[i + 1]];
  if (node?.kind !== 'word' || isOp(before, '.')) return null;
  const word = node.value.toUpperCase();
  const startsQuery = current === undefined || ['UNION', 'EXCEPT', 'INTERSECT', 'MINUS'].includes(current);
  switch (word) {
    case 'SELECT':
    case 'WHERE':
    case 'HAVING':
    case 'QUALIFY':
    case 'LIMIT':
    case 'UNION':
    case 'INTERSECT':
    case 'MINUS':
      return word;
    case 'FROM':
      return isWord(before, 'DISTINCT') && isWord(nodes[i - 2], 'IS', 'NOT') ? null : word;
    case 'EXCEPT':
      return isOp(before, '*') ? null : word;
    case 'VALUES':
    case 'TABLE':
      return startsQuery ? word : null;
    case 'OFFSET':
      return current === 'LIMIT' || current === 'ORDER BY' ? word : null;
    case 'GROUP':
    case 'ORDER':
      return isWord(after, 'BY') && !isWord(before, 'WITHIN') ? `${word} BY` : null;
    case 'CLUSTER':
    case 'DISTRIBUTE':
    case 'SORT':
      if (isWord(after, 'BY')) throw notEmulated(`${word} BY in a query`);
      return null;
    case 'WINDOW':
      return after?.kind === 'word' && isWord(nodes[i + 2], 'AS') ? word : null;
    default:
      return null;
  }
}
