import { quoteIdentifier } from '../identifier.ts';
import { Cursor } from '../syntax/cursor.ts';
import { type Node, splitAtCommas } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';

/** `a = 1, t.b = s.b` for a SET clause; DuckDB takes the bare column name on the left. */
export function rewriteAssignments(nodes: readonly Node[], t: Translation): string {
  return splitAtCommas(nodes)
    .map((part) => {
      const cursor = new Cursor(part);
      const column = cursor.expectName().at(-1) ?? '';
      cursor.expectOp('=');
      return `${quoteIdentifier(column)} = ${t.expression(cursor.rest())}`;
    })
    .join(', ');
}
