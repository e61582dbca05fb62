import { quoteIdentifier } from '../identifier.ts';
import { isWord, type Node } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';

/** `named_struct('a', 1, 'b', 2)` */
export function namedStruct(
  args: readonly Node[][],
  constant: (index: number) => string,
  t: Translation,
): string {
  return `struct_pack(${pairs(args)
    .map(([, value], i) => `${quoteIdentifier(constant(2 * i))} := ${t.expression(value)}`)
    .join(', ')})`;
}

/** `struct(a, b + 1 AS c)`: a column keeps its name, any other value is `col1`, `col2`, .. */
export function struct(args: readonly Node[][], t: Translation): string {
  const fields = args.map((nodes, i) => {
    const as = nodes.findIndex((node) => isWord(node, 'AS'));
    const last = nodes.at(-1);
    const name = last?.kind === 'word' || last?.kind === 'quoted' ? last.value : `col${i + 1}`;
    return `${quoteIdentifier(name)} := ${t.expression(as === -1 ? nodes : nodes.slice(0, as))}`;
  });
  return `struct_pack(${fields.join(', ')})`;
}

/** `map(key, value, ..)` */
export function map(args: readonly Node[][], t: Translation): string {
  const entries = pairs(args).map(([key, value]) => `${t.expression(key)}: ${t.expression(value)}`);
  return `MAP {${entries.join(', ')}}`;
}

function pairs(args: readonly Node[][]): [Node[], Node[]][] {
  return Array.from({ length: Math.ceil(args.length / 2) }, (_, i) => [
    args[2 * i] ?? [],
    args[2 * i + 1] ?? [],
  ]);
}
