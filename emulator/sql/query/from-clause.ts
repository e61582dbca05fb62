import { quoteIdentifier } from '../identifier.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import { TableName } from '../table-name.ts';
import type { Translation } from '../translation.ts';
import { rewriteGenerator } from './generator.ts';
import { informationSchemaView } from './information-schema.ts';

const JOIN_WORDS = ['JOIN', 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'SEMI', 'ANTI', 'NATURAL'];

/** Rewrites what follows FROM: tables by their full names, joins, table functions and LATERAL VIEW. */
export function rewriteFrom(nodes: readonly Node[], t: Translation): string {
  return new FromClause(new Cursor(nodes), t).rewrite();
}

class FromClause {
  readonly #cursor: Cursor;
  readonly #t: Translation;

  constructor(cursor: Cursor, t: Translation) {
    this.#cursor = cursor;
    this.#t = t;
  }

  rewrite(): string {
    const parts = [this.#relation()];
    while (!this.#cursor.atEnd) parts.push(this.#next());
    return parts.join(' ');
  }

  #next(): string {
    const cursor = this.#cursor;
    if (cursor.acceptOp(',')) return `, ${this.#relation()}`;
    if (cursor.accept('LATERAL', 'VIEW')) return this.#lateralView();
    if (cursor.accept('ON')) return `ON ${this.#t.expression(this.#condition())}`;
    if (cursor.accept('USING')) return `USING (${this.#t.expression(cursor.expectParens().children)})`;
    if (this.#atJoin()) return `${this.#join()} ${this.#relation()}`;
    throw syntaxError(textOf(cursor.peek()));
  }

  #relation(): string {
    const cursor = this.#cursor;
    if (cursor.accept('LATERAL')) return `LATERAL ${this.#relation()}`;
    if (isWord(cursor.peek(), 'VALUES') && isParens(cursor.peek(1)))
      return this.#values() + this.#alias(null);
    const node = cursor.peek();
    if (isParens(node)) {
      cursor.next();
      if (
        isWord(node.children[0], 'SELECT', 'WITH', 'VALUES', 'FROM') ||
        this.#isNestedQuery(node.children)
      ) {
        return `(${this.#t.query(node.children)})${this.#alias(null)}`;
      }
      return `(${rewriteFrom(node.children, this.#t)})${this.#alias(null)}`;
    }
    const parts = cursor.expectName();
    const group = cursor.peek();
    if (parts.length === 1 && isParens(group)) {
      cursor.next();
      return rewriteGenerator(parts[0] ?? '', group.children, this.#t) + this.#alias(null);
    }
    return this.#table(parts);
  }

  /** `((SELECT ..) UNION (SELECT ..))` */
  #isNestedQuery(nodes: readonly Node[]): boolean {
    const [first] = nodes;
    return isParens(first) && nodes.some((node) => isWord(node, 'UNION', 'EXCEPT', 'INTERSECT', 'MINUS'));
  }

  #table(parts: string[]): string {
    const { scope } = this.#t;
    const short = parts.length === 1 ? (parts[0] ?? '').toLowerCase() : '';
    if (scope.ctes.has(short)) return quoteIdentifier(short) + this.#alias(null);
    const view = scope.views.get(short);
    if (view !== undefined) return `(${view})${this.#alias(short)}`;
    const table = TableName.resolve(parts, scope.current);
    if (table.schema === 'information_schema') return informationSchemaView(table) + this.#alias(table.table);
    scope.tables.push(table);
    return table.sql + this.#alias(null);
  }

  #values(): string {
    this.#cursor.next();
    const rows: string[] = [];
    do rows.push(`(${this.#t.expression(this.#cursor.expectParens().children)})`);
    while (this.#cursor.acceptOp(','));
    return `(VALUES ${rows.join(', ')})`;
  }

  /** The alias after a relation, if there is one. */
  #alias(otherwise: string | null): string {
    const cursor = this.#cursor;
    this.#refuseModifiers();
    const node = cursor.peek();
    const explicit = cursor.accept('AS');
    const named = explicit || node?.kind === 'quoted' || (node?.kind === 'word' && !this.#isReserved(node));
    if (!named) return otherwise === null ? '' : ` AS ${quoteIdentifier(otherwise)}`;
    const name = quoteIdentifier(cursor.expectIdentifier());
    this.#refuseModifiers();
    return isParens(cursor.peek())
      ? ` AS ${name}(${columnNames(cursor.expectParens().children)})`
      : ` AS ${name}`;
  }

  #isReserved(node: Node): boolean {
    return isWord(node, ...JOIN_WORDS, 'ON', 'USING', 'LATERAL');
  }

  #refuseModifiers(): void {
    const cursor = this.#cursor;
    for (const word of ['TABLESAMPLE', 'PIVOT', 'UNPIVOT']) if (cursor.sees(word)) throw notEmulated(word);
    for (const word of ['VERSION', 'TIMESTAMP', 'SYSTEM_TIME']) {
      if (cursor.sees(word, 'AS', 'OF') || cursor.sees('FOR', word, 'AS', 'OF'))
        throw notEmulated(`${word} AS OF`);
    }
  }

  #atJoin(): boolean {
    const node = this.#cursor.peek();
    return isWord(node, ...JOIN_WORDS) && (isWord(node, 'JOIN') || !isParens(this.#cursor.peek(1)));
  }

  #join(): string {
    const words: string[] = [];
    while (!this.#cursor.accept('JOIN')) {
      const node = this.#cursor.next();
      if (!isWord(node, ...JOIN_WORDS)) throw syntaxError(textOf(node), 'Expected JOIN.');
      words.push(node.value.toUpperCase());
    }
    const filters = words.includes('SEMI') || words.includes('ANTI');
    return [...words.filter((word) => !(filters && word === 'LEFT')), 'JOIN'].join(' ');
  }

  /** The condition after ON ends at a comma, a join or LATERAL VIEW of the same level. */
  #condition(): Node[] {
    const taken: Node[] = [];
    const cursor = this.#cursor;
    while (!cursor.atEnd && !isOp(cursor.peek(), ',') && !this.#atJoin() && !cursor.sees('LATERAL', 'VIEW')) {
      taken.push(cursor.next());
    }
    return taken;
  }

  #lateralView(): string {
    const cursor = this.#cursor;
    const outer = cursor.accept('OUTER');
    const name = cursor.expectIdentifier();
    const rows = rewriteGenerator(name, cursor.expectParens().children, this.#t);
    const isNamed =
      !cursor.sees('AS') && cursor.peek() !== undefined && !isOp(cursor.peek(), ',') && !this.#atJoin();
    const alias = isNamed && !cursor.sees('LATERAL') ? cursor.expectIdentifier() : `lateral_${name}`;
    const columns: string[] = [];
    if (
      cursor.accept('AS') ||
      (cursor.peek()?.kind === 'word' && !this.#atJoin() && !cursor.sees('LATERAL'))
    ) {
      do columns.push(quoteIdentifier(cursor.expectIdentifier()));
      while (cursor.acceptOp(','));
    }
    const list = columns.length === 0 ? '' : `(${columns.join(', ')})`;
    const relation = `LATERAL ${rows} AS ${quoteIdentifier(alias)}${list}`;
    return outer ? `LEFT JOIN ${relation} ON TRUE` : `CROSS JOIN ${relation}`;
  }
}

function columnNames(nodes: readonly Node[]): string {
  return splitAtCommas(nodes)
    .map((part) => quoteIdentifier(new Cursor(part).expectIdentifier()))
    .join(', ');
}
