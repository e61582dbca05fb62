import { sourceText } from '../expression/source-text.ts';
import { quoteIdentifier } from '../identifier.ts';
import { notEmulated } from '../sql-error.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';
import { isGenerator } from './generator.ts';

const OPERATOR_WORDS =
  'AND OR NOT IN IS LIKE ILIKE RLIKE REGEXP BETWEEN DIV OVER WHEN THEN ELSE CASE DISTINCT ALL ESCAPE FROM NULLS'.split(
    ' ',
  );

/** Rewrites what follows SELECT, naming the columns that have no alias as Databricks would. */
export function rewriteSelectList(nodes: readonly Node[], t: Translation): string {
  const distinct = isWord(nodes[0], 'DISTINCT', 'ALL');
  const items = splitAtCommas(distinct ? nodes.slice(1) : nodes);
  const prefix = distinct && isWord(nodes[0], 'DISTINCT') ? 'DISTINCT ' : '';
  return prefix + items.map((item) => rewriteItem(item, t)).join(', ');
}

function rewriteItem(item: readonly Node[], t: Translation): string {
  const alias = aliasOf(item);
  if (isWord(item[0], 'POSEXPLODE') && isParens(item[1])) return rewritePosexplode(item, alias, t);
  if (alias !== null) {
    if (alias.name === null) throw notEmulated('an alias of several columns in a select list');
    return `${t.expression(alias.value)} AS ${quoteIdentifier(alias.name)}`;
  }
  const name = variableName(item, t) ?? nameOf(item);
  const sql = t.expression(item);
  return name === null ? sql : `${sql} AS ${quoteIdentifier(name)}`;
}

function rewritePosexplode(item: readonly Node[], alias: Alias | null, t: Translation): string {
  if (alias !== null && alias.columns?.length !== 2) throw notEmulated('posexplode with one alias');
  const [position = 'pos', value = 'col'] = alias?.columns ?? [];
  const array = t.expression(isParens(item[1]) ? item[1].children : []);
  return `unnest(range(len(${array}))) AS ${quoteIdentifier(position)}, unnest(${array}) AS ${quoteIdentifier(value)}`;
}

interface Alias {
  value: readonly Node[];
  name: string | null;
  columns?: string[];
}

function aliasOf(item: readonly Node[]): Alias | null {
  const last = item.at(-1);
  const before = item.at(-2);
  if (last === undefined || before === undefined) return null;
  if (isParens(last) && isWord(before, 'AS')) {
    return { value: item.slice(0, -2), name: null, columns: splitAtCommas(last.children).map(sourceText) };
  }
  if (last.kind !== 'word' && last.kind !== 'quoted' && last.kind !== 'string') return null;
  if (isWord(before, 'AS')) return { value: item.slice(0, -2), name: last.value };
  if (last.kind === 'string' || !endsOperand(item, before)) return null;
  return { value: item.slice(0, -1), name: last.value };
}

/** May an alias stand after this node? */
function endsOperand(item: readonly Node[], before: Node): boolean {
  const last = item.at(-1);
  if (isWord(last, 'END') && item.some((node) => isWord(node, 'CASE'))) {
    const closed =
      item.filter((node) => isWord(node, 'END')).length > item.filter((node) => isWord(node, 'CASE')).length;
    if (!closed) return false;
  }
  if (isWord(item.at(-3), 'INTERVAL') || isWord(before, 'INTERVAL')) return false;
  if (before.kind === 'op') return false;
  return !isWord(before, ...OPERATOR_WORDS);
}

/** A session variable keeps its name, though its value stands in the query. */
function variableName(item: readonly Node[], t: Translation): string | null {
  const last = item.at(-1);
  const isName = item.every((node) => node.kind === 'word' || node.kind === 'quoted' || isOp(node, '.'));
  if (!isName || (last?.kind !== 'word' && last?.kind !== 'quoted')) return null;
  return t.scope.variables.has(last.value.toLowerCase()) ? last.value : null;
}

/** The name Databricks gives a column without alias; null where DuckDB gives the same. */
function nameOf(item: readonly Node[]): string | null {
  const [first, second] = item;
  if (first === undefined || item.some((node, i) => isOp(node, '*') && (i === 0 || isOp(item[i - 1], '.'))))
    return null;
  if (isGenerator(first) && isParens(second) && item.length === 2)
    return isWord(first, 'INLINE') ? null : 'col';
  const isName = (node: Node) => node.kind === 'word' || node.kind === 'quoted' || isOp(node, '.');
  if (
    item.every(isName) &&
    !isWord(first, 'NULL', 'TRUE', 'FALSE', 'CURRENT_DATE', 'CURRENT_TIMESTAMP', 'CURRENT_USER')
  ) {
    return null;
  }
  const field = pathField(item);
  if (field !== null) return field;
  if (item.length === 1 && isWord(first, 'CURRENT_DATE', 'CURRENT_TIMESTAMP', 'CURRENT_USER')) {
    return `${sourceText(item).toLowerCase()}()`;
  }
  const text = sourceText(item);
  const compound = item.some((node, i) => i > 0 && node.kind === 'op' && '+-*/%=<>!||'.includes(node.value));
  return compound ? `(${text})` : text;
}

/** `column:a.b` is named `b`. */
function pathField(item: readonly Node[]): string | null {
  const colon = item.findIndex((node) => isOp(node, ':'));
  if (colon === -1) return null;
  let name: string | null = null;
  for (const node of item.slice(colon)) {
    if (isOp(node, '::')) break;
    if (node.kind === 'word' || node.kind === 'quoted') name = node.value;
    else if (node.kind === 'op' && node.value !== ':' && node.value !== '.') return null;
  }
  return name;
}
