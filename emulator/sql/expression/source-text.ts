import { isOp, isParens, type Node } from '../syntax/node.ts';

/** An expression as Databricks would print it, near enough to name a column by it. */
export function sourceText(nodes: readonly Node[]): string {
  let text = '';
  nodes.forEach((node, i) => {
    const previous = nodes[i - 1];
    const tight =
      i === 0 ||
      isOp(node, ',') ||
      isOp(node, '.') ||
      isOp(previous, '.') ||
      isOp(node, ':') ||
      isOp(previous, ':') ||
      isOp(node, '::') ||
      isOp(previous, '::') ||
      (node.kind === 'group' && (node.open === '[' || previous?.kind === 'word'));
    text += `${tight ? '' : ' '}${one(node)}`;
  });
  return text;
}

function one(node: Node): string {
  if (node.kind === 'literal') return node.value ?? 'NULL';
  if (node.kind === 'string' || node.kind === 'quoted') return node.value;
  if (node.kind !== 'group') return node.text;
  if (isParens(node) && node.children.length === 1 && isOp(node.children[0], '*')) return '(1)';
  return node.open === '(' ? `(${sourceText(node.children)})` : `[${sourceText(node.children)}]`;
}
