import { quoteIdentifier, quoteString } from '../identifier.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import type { Token } from '../syntax/tokenizer.ts';
import type { Translation } from '../translation.ts';
import { castTo } from '../types/cast.ts';
import { parseType } from '../types/type-parser.ts';
import { rewriteCall } from './function-call.ts';
import { rewriteInterval } from './interval.ts';
import { rewriteJsonPath } from './json-path.ts';
import { rewriteOperators } from './operators.ts';
import { join, keyword, operand, type Piece } from './piece.ts';

/** Words that never name a column or a function. */
const KEYWORDS = new Set(
  `SELECT DISTINCT ALL ANY SOME AND OR NOT IN IS LIKE ILIKE RLIKE REGEXP BETWEEN ESCAPE WHEN THEN ELSE AS OVER FILTER WITHIN
   GROUP BY ORDER ASC DESC NULLS FIRST LAST ROWS RANGE PARTITION UNBOUNDED PRECEDING FOLLOWING CURRENT ROW WHERE
   ROLLUP CUBE GROUPING SETS DIV FROM USING ON EXISTS IGNORE RESPECT`.split(/\s+/),
);
const NUMBER_TYPES: Record<string, string> = {
  L: 'BIGINT',
  D: 'DOUBLE',
  F: 'FLOAT',
  S: 'SMALLINT',
  Y: 'TINYINT',
};
const CONSTANTS: Record<string, string> = {
  NULL: 'NULL',
  TRUE: 'TRUE',
  FALSE: 'FALSE',
  CURRENT_DATE: 'dbx_current_date()',
  CURRENT_TIMESTAMP: 'dbx_current_timestamp()',
};

/** Rewrites an expression, or a comma-separated list of them. */
export function rewriteExpression(nodes: readonly Node[], t: Translation): string {
  return join(rewriteOperators(new ExpressionReader(nodes, t).read()));
}

class ExpressionReader {
  readonly #cursor: Cursor;
  readonly #t: Translation;
  readonly #pieces: Piece[] = [];
  readonly #cases: number[] = [];

  constructor(nodes: readonly Node[], t: Translation) {
    this.#cursor = new Cursor(nodes);
    this.#t = t;
  }

  read(): Piece[] {
    while (!this.#cursor.atEnd) this.#readOne(this.#cursor.next());
    if (this.#cases.length > 0) throw syntaxError('', 'CASE without END.');
    return this.#pieces;
  }

  #readOne(node: Node) {
    switch (node.kind) {
      case 'string':
        return this.#push(operand(quoteString(node.value)));
      case 'literal':
        return this.#push(operand(node.sql));
      case 'number':
        return this.#push(operand(rewriteNumber(node.value)));
      case 'quoted':
        return this.#readName(node);
      case 'word':
        return this.#readWord(node);
      case 'group':
        return this.#readGroup(node);
      case 'op':
        return this.#readOp(node);
    }
  }

  #push(piece: Piece) {
    this.#pieces.push(piece);
  }

  #readWord(word: Token) {
    const upper = word.value.toUpperCase();
    const next = this.#cursor.peek();
    if (upper === 'CASE') {
      this.#cases.push(this.#pieces.length);
      return this.#push(keyword('CASE'));
    }
    if (upper === 'END' && this.#cases.length > 0) {
      const body = rewriteOperators(this.#pieces.splice(this.#cases.pop() ?? 0));
      return this.#push(operand(`${join(body)} END`));
    }
    if (upper === 'INTERVAL' && next !== undefined && !isOp(next, '.') && !isOp(next, ',')) {
      return this.#push(rewriteInterval(this.#cursor, this.#t));
    }
    if ((upper === 'DATE' || upper === 'TIMESTAMP') && next?.kind === 'string') {
      this.#cursor.next();
      const type = { kind: 'primitive', name: upper } as const;
      return this.#push(operand(castTo(quoteString(next.value), type, { tries: false })));
    }
    if (upper === 'EXISTS' && isParens(next) && isWord(next.children[0], 'SELECT', 'WITH')) {
      this.#cursor.next();
      return this.#push(operand(`EXISTS (${this.#t.query(next.children)})`));
    }
    if (isParens(next) && (!KEYWORDS.has(upper) || this.#isFunctionAfterAll(upper, next.children))) {
      this.#cursor.next();
      return this.#push(operand(rewriteCall(word.value, next.children, this.#t)));
    }
    if (KEYWORDS.has(upper)) return this.#push(keyword(upper));
    const constant = CONSTANTS[upper];
    if (constant !== undefined && !isOp(next, '.')) return this.#push(operand(constant));
    if (upper === 'CURRENT_USER' && !isOp(next, '.'))
      return this.#push(operand(quoteString(this.#t.scope.user)));
    this.#readName(word);
  }

  /** `any(x)`, `exists(array, ..)`, `filter(array, ..)`, `left(x, 1)`: keywords elsewhere, functions here. */
  #isFunctionAfterAll(word: string, args: readonly Node[]): boolean {
    if (word === 'FILTER') return !isWord(args[0], 'WHERE');
    return (word === 'ANY' || word === 'EXISTS') && this.#pieces.at(-1)?.kind !== 'operator';
  }

  /** `a`, `a.b`, `t.*`, or a session variable. */
  #readName(first: Token) {
    const parts = [first];
    while (isOp(this.#cursor.peek(), '.')) {
      this.#cursor.next();
      const part = this.#cursor.next();
      if (isOp(part, '*')) return this.#push(operand(`${parts.map(render).join('.')}.*${this.#exclusion()}`));
      if (part.kind !== 'word' && part.kind !== 'quoted') throw syntaxError(textOf(part));
      parts.push(part);
    }
    const names = parts.map((part) => part.value.toLowerCase());
    const qualifier = names.slice(0, -1).join('.');
    const variable = this.#t.scope.variables.get(names.at(-1) ?? '');
    if (variable !== undefined && ['', 'session', 'system.session'].includes(qualifier)) {
      return this.#push(operand(variable));
    }
    this.#push(operand(this.#withoutSchema(parts, names).map(render).join('.')));
  }

  /** `catalog.schema.table.column` of a table in this statement: DuckDB knows the table by its last name. */
  #withoutSchema(parts: Token[], names: string[]): Token[] {
    for (const table of this.#t.scope.tables) {
      const full = [table.catalog, table.schema, table.table];
      for (const skip of [0, 1]) {
        const prefix = full.slice(skip);
        if (names.length > prefix.length && prefix.every((name, i) => name === names[i])) {
          return parts.slice(prefix.length - 1);
        }
      }
    }
    return parts;
  }

  #readGroup(group: Extract<Node, { kind: 'group' }>) {
    if (group.open === '[') return this.#readSubscript(group.children);
    if (isWord(group.children[0], 'SELECT', 'WITH', 'VALUES', 'FROM')) {
      return this.#push(operand(`(${this.#t.query(group.children)})`));
    }
    const sql = `(${this.#t.expression(group.children)})`;
    this.#push(operand(sql));
  }

  /** Arrays count from 0 in Databricks and from 1 in DuckDB; a map is read by its key. */
  #readSubscript(children: readonly Node[]) {
    const target = this.#pieces.pop();
    if (target?.kind !== 'operand') throw syntaxError('[');
    const key = this.#t.expression(children);
    const [only] = children;
    const isKey = children.length === 1 && (only?.kind === 'string' || only?.kind === 'literal');
    this.#push(operand(isKey ? `${target.sql}[${key}]` : `${target.sql}[(${key}) + 1]`));
  }

  #readOp(op: Token) {
    switch (op.value) {
      case ':': {
        const target = this.#pieces.pop();
        if (target?.kind !== 'operand') throw syntaxError(':');
        return this.#push(operand(rewriteJsonPath(target.sql, this.#cursor)));
      }
      case '::':
      case '?::': {
        const target = this.#pieces.pop();
        if (target?.kind !== 'operand') throw syntaxError(op.value);
        return this.#push(
          operand(castTo(target.sql, parseType(this.#cursor), { tries: op.value === '?::' })),
        );
      }
      case '.': {
        const target = this.#pieces.pop();
        if (target?.kind !== 'operand') throw syntaxError('.');
        return this.#push(operand(`(${target.sql}).${quoteIdentifier(this.#cursor.expectIdentifier())}`));
      }
      case ',':
        return this.#push({ sql: ',', kind: 'comma' });
      case '*':
        if (this.#startsOperand()) return this.#push(operand(`*${this.#exclusion()}`));
        return this.#push({ sql: '*', kind: 'operator' });
      case '^':
      case '&':
      case '|':
      case '~':
      case '?':
      case '@':
        throw notEmulated(`the operator ${op.value}`);
      case ';':
      case '{':
      case '}':
      case '->':
        throw syntaxError(op.value);
      default:
        this.#push({ sql: op.value, kind: 'operator' });
    }
  }

  #startsOperand(): boolean {
    const last = this.#pieces.at(-1);
    return last === undefined || last.kind !== 'operand';
  }

  /** `* EXCEPT (a, b)` is `* EXCLUDE (a, b)` in DuckDB. */
  #exclusion(): string {
    if (!this.#cursor.accept('EXCEPT')) return '';
    const names = splitAtCommas(this.#cursor.expectParens().children);
    return ` EXCLUDE (${names.map((name) => quoteIdentifier(new Cursor(name).expectIdentifier())).join(', ')})`;
  }
}

/** `1L`, `1D` and the like: the letter is the type. */
function rewriteNumber(text: string): string {
  const [, digits = text, suffix = ''] = /^(.*?)(BD|[LDFSY])$/i.exec(text) ?? [];
  const type = NUMBER_TYPES[suffix.toUpperCase()];
  return type === undefined ? digits : `CAST(${digits} AS ${type})`;
}

function render(token: Token): string {
  return token.kind === 'quoted' ? quoteIdentifier(token.value) : token.value;
}
