import { quoteString } from '../identifier.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { isOp, type Node, textOf } from '../syntax/node.ts';

/** Reads the path after `column:` and returns the DuckDB text of the value, a STRING. */
export function rewriteJsonPath(target: string, cursor: Cursor): string {
  let path = `$.${member(cursor.next())}`;
  for (;;) {
    const node = cursor.peek();
    if (isOp(node, '.')) {
      cursor.next();
      path += `.${member(cursor.next())}`;
    } else if (node?.kind === 'group' && node.open === '[') {
      cursor.next();
      path += subscript(node.children);
    } else return `dbx_get_json(${target}, ${quoteString(path)})`;
  }
}

function member(node: Node): string {
  if (node.kind === 'word' || node.kind === 'quoted') return `"${node.value.replaceAll('"', '\\"')}"`;
  throw syntaxError(textOf(node), 'Expected the name of a JSON field.');
}

function subscript(children: readonly Node[]): string {
  const [only] = children;
  if (children.length === 1 && only?.kind === 'number') return `[${only.value}]`;
  if (children.length === 1 && only?.kind === 'string') return `."${only.value.replaceAll('"', '\\"')}"`;
  throw notEmulated('a JSON path with [*] or an expression in brackets');
}
