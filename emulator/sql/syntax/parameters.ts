import { quoteString } from '../identifier.ts';
import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import { castTo } from '../types/cast.ts';
import { databricksType, duckType } from '../types/sql-type.ts';
import { parseType } from '../types/type-parser.ts';
import { Cursor } from './cursor.ts';
import { isOp, isParens, isWord, type Literal, type Node, nest } from './node.ts';
import { tokenize } from './tokenizer.ts';

/** Named parameters as the driver sends them; positional ones are named `0`, `1`, .. */
export type Parameters = Record<string, { type: string; value: string | null }>;

/** A statement takes at most so many (databricks-sql-nodejs#308). */
export const MAX_PARAMETERS = 256;

/** After these words an operand begins, so `:x` there is a parameter and not a path into JSON. */
const BEFORE_OPERAND = new Set(
  `SELECT DISTINCT ALL WHERE AND OR NOT IN ON WHEN THEN ELSE CASE BETWEEN LIKE ILIKE RLIKE REGEXP LIMIT OFFSET
   VALUES SET DEFAULT BY HAVING QUALIFY INTERVAL FROM IS DIV ESCAPE TO USING WITH UNION EXCEPT INTERSECT`.split(
    /\s+/,
  ),
);

/**
 * Puts the bound values where the markers stand and the names where IDENTIFIER(..) stands.
 * Throws UNBOUND_SQL_PARAMETER for a marker without a value.
 */
export function bindParameters(nodes: readonly Node[], parameters: Parameters): Node[] {
  return new Binder(parameters).bind(nodes);
}

class Binder {
  readonly #parameters: Parameters;
  #positional = 0;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  bind(nodes: readonly Node[]): Node[] {
    const bound: Node[] = [];
    for (let i = 0; i < nodes.length; i += 1) {
      const node = nodes[i];
      const following = nodes[i + 1];
      if (node === undefined) break;
      if (node.kind === 'group') {
        const children = this.bind(node.children);
        if (node.open === '(' && isWord(bound.at(-1), 'IDENTIFIER')) {
          bound.pop();
          bound.push(...identifierTokens(children));
        } else bound.push({ ...node, children });
      } else if (
        isOp(node, ':') &&
        following?.kind === 'word' &&
        following.start === node.end &&
        !isOperand(bound.at(-1))
      ) {
        bound.push(this.#literal(following.value, node.start, following.end));
        i += 1;
      } else if (isOp(node, '?')) {
        bound.push(this.#literal(String(this.#positional), node.start, node.end));
        this.#positional += 1;
      } else bound.push(node);
    }
    return bound;
  }

  #literal(name: string, start: number, end: number): Literal {
    const parameter = Object.hasOwn(this.#parameters, name) ? this.#parameters[name] : undefined;
    if (parameter === undefined) {
      throw new SqlError(
        'UNBOUND_SQL_PARAMETER',
        '42P02',
        `Found the unbound parameter: ${name}. Please, fix \`args\` and provide a mapping of the parameter to a SQL literal.`,
      );
    }
    return { kind: 'literal', ...typed(parameter.type, parameter.value), start, end };
  }
}

/** Ends an operand here, so that a colon after it begins a path. */
function isOperand(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if (node.kind === 'word') return !BEFORE_OPERAND.has(node.value.toUpperCase());
  return node.kind !== 'op' && node.kind !== 'number';
}

function typed(type: string, value: string | null): { sql: string; value: string | null } {
  const name = type.toUpperCase();
  if (value === null || name === 'VOID') return { sql: 'NULL', value: null };
  if (name === 'STRING') return { sql: quoteString(value), value };
  const parsed = parseType(new Cursor(nest(tokenize(name === 'INTEGER' ? 'INT' : name))));
  if (parsed.kind !== 'primitive' && parsed.kind !== 'decimal') {
    throw notEmulated(`a parameter of type ${databricksType(parsed)}`);
  }
  const plain =
    parsed.kind === 'primitive' &&
    ['INTEGER', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'DATE'].includes(duckType(parsed));
  const sql = plain
    ? `CAST(${quoteString(value)} AS ${duckType(parsed)})`
    : castTo(quoteString(value), parsed, { tries: false });
  return { sql, value };
}

function identifierTokens(argument: readonly Node[]): Node[] {
  const text = constantString(argument);
  const tokens = tokenize(text);
  const named = tokens.every((token, i) =>
    i % 2 === 0 ? token.kind === 'word' || token.kind === 'quoted' : token.value === '.',
  );
  if (tokens.length % 2 === 0 || !named) {
    throw syntaxError(text, 'IDENTIFIER takes a string that holds a name of one to three parts.');
  }
  return tokens.map((token, i) => (i % 2 === 0 ? { ...token, kind: 'quoted' } : token));
}

/** The value of a constant string expression: literals, parameters, `||` and concat. */
function constantString(nodes: readonly Node[]): string {
  const cursor = new Cursor(nodes);
  let text = '';
  do {
    if (isWord(cursor.peek(), 'CONCAT') && isParens(cursor.peek(1))) {
      cursor.next();
      text += cursor
        .expectParens()
        .children.map((node) => (isOp(node, ',') ? '' : constantString([node])))
        .join('');
    } else {
      const node = cursor.next();
      if (isParens(node)) text += constantString(node.children);
      else if (node.kind === 'string') text += node.value;
      else if (node.kind === 'literal' && node.value !== null) text += node.value;
      else throw notEmulated('IDENTIFIER of anything but constant strings');
    }
  } while (cursor.acceptOp('||'));
  cursor.expectEnd();
  return text;
}
