import { notEmulated } from '../sql-error.ts';
import { isWord, type Node } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';

/** Is it the name of a function that makes rows? */
export function isGenerator(node: Node | undefined): boolean {
  return isWord(node, 'EXPLODE', 'EXPLODE_OUTER', 'INLINE', 'POSEXPLODE');
}

/** A DuckDB subquery with the rows of `explode(..)` and the like. */
export function rewriteGenerator(name: string, args: readonly Node[], t: Translation): string {
  const value = t.expression(args);
  switch (name.toLowerCase()) {
    case 'explode':
      return `(SELECT unnest(${value}) AS col)`;
    case 'explode_outer':
      return `(SELECT unnest(CASE WHEN len(${value}) > 0 THEN ${value} ELSE [NULL] END) AS col)`;
    case 'posexplode':
      return `(SELECT unnest(range(len(${value}))) AS pos, unnest(${value}) AS col)`;
    case 'inline':
      return `(SELECT unnest(${value}, max_depth := 2))`;
    case 'range':
      return `(SELECT range AS id FROM range(${value}))`;
    default:
      throw notEmulated(`the table-valued function ${name}`);
  }
}
