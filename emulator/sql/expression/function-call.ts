import { quoteIdentifier, quoteString } from '../identifier.ts';
import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';
import { castTo } from '../types/cast.ts';
import { duckType, jsonStructure } from '../types/sql-type.ts';
import { parseSchemaText, parseType } from '../types/type-parser.ts';
import { strftimePattern } from './date-pattern.ts';
import { arity, SAME_IN_DUCKDB, TEMPLATES } from './functions.ts';
import { map, namedStruct, struct } from './nested-value.ts';
import { sourceText } from './source-text.ts';

const UNITS = new Set('YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND'.split(' '));

/** Rewrites `name(arguments)`. Throws UNRESOLVED_ROUTINE for a function that neither side knows. */
export function rewriteCall(name: string, children: readonly Node[], t: Translation): string {
  const call = new Call(name.toLowerCase(), children, t);
  return call.special() ?? call.plain();
}

class Call {
  readonly #name: string;
  readonly #children: readonly Node[];
  readonly #arguments: Node[][];
  readonly #t: Translation;

  constructor(name: string, children: readonly Node[], t: Translation) {
    this.#name = name;
    this.#children = children;
    this.#arguments = splitAtCommas(children);
    this.#t = t;
  }

  /** The functions that need more than a template, or null. */
  special(): string | null {
    const count = this.#arguments.length;
    switch (this.#name) {
      case 'cast':
      case 'try_cast':
        return this.#cast();
      case 'count':
        return this.#children.length === 1 && isOp(this.#children[0], '*') ? 'count(*)' : null;
      case 'extract':
      case 'date_part':
        return this.#extract();
      case 'timestampdiff':
        return this.#difference(0);
      case 'datediff':
      case 'date_diff':
        if (count === 3) return this.#difference(0);
        return `CAST(date_diff('day', CAST(${this.#argument(1)} AS DATE), CAST(${this.#argument(0)} AS DATE)) AS INTEGER)`;
      case 'dateadd':
      case 'date_add':
      case 'timestampadd':
        if (count === 3) return this.#move();
        return `(CAST(${this.#argument(0)} AS DATE) + CAST(${this.#argument(1)} AS INTEGER))`;
      case 'date_trunc':
        return `dbx_to_timestamp(date_trunc(${this.#argument(0)}, dbx_to_timestamp(${this.#argument(1)})))`;
      case 'trunc':
        return `CAST(date_trunc(${quoteString(truncUnit(this.#constant(1)))}, CAST(${this.#argument(0)} AS DATE)) AS DATE)`;
      case 'date_format':
        return `strftime(dbx_to_timestamp(${this.#argument(0)}), ${this.#pattern(1)})`;
      case 'to_date':
      case 'try_to_date':
        return this.#toDate();
      case 'to_timestamp':
      case 'try_to_timestamp':
        return this.#toTimestamp();
      case 'unix_timestamp':
        if (count > 1) throw notEmulated('unix_timestamp with a pattern');
        return `CAST(floor(epoch(${count === 0 ? 'dbx_current_timestamp()' : `dbx_to_timestamp(${this.#argument(0)})`})) AS BIGINT)`;
      case 'from_unixtime':
        return `strftime(make_timestamp(CAST(${this.#argument(0)} AS BIGINT) * 1000000), ${count > 1 ? this.#pattern(1) : "'%Y-%m-%d %H:%M:%S'"})`;
      case 'from_json':
        return this.#fromJson();
      case 'assert_true':
        return this.#assertTrue();
      case 'sha2':
        if (this.#constant(1) !== '256' && this.#constant(1) !== '0')
          throw notEmulated('sha2 of other than 256 bits');
        return `sha256(${this.#argument(0)})`;
      case 'named_struct':
        return namedStruct(this.#arguments, (i) => this.#constant(i), this.#t);
      case 'struct':
        return struct(this.#arguments, this.#t);
      case 'map':
        return map(this.#arguments, this.#t);
      case 'current_user':
      case 'session_user':
      case 'user':
        return quoteString(this.#t.scope.user);
      case 'current_catalog':
        return quoteString(this.#t.scope.current.catalog);
      case 'current_schema':
      case 'current_database':
        return quoteString(this.#t.scope.current.schema);
      default:
        return null;
    }
  }

  plain(): string {
    const distinct = isWord(this.#children[0], 'DISTINCT') ? 'DISTINCT ' : '';
    if (SAME_IN_DUCKDB.has(this.#name)) return `${this.#name}(${this.#rendered().join(', ')})`;
    const templates = TEMPLATES[this.#name];
    if (templates === undefined) {
      throw new SqlError(
        'UNRESOLVED_ROUTINE',
        '42883',
        `Cannot resolve routine ${`\`${this.#name}\``} on search path [\`system\`.\`builtin\`, \`system\`.\`session\`]: ` +
          'it does not exist, or the emulator does not translate it.',
      );
    }
    const count = this.#arguments.length;
    const template =
      templates.find((one) => arity(one) === count) ?? templates.find((one) => arity(one) === null);
    if (template === undefined) throw this.#wrongCount();
    if (distinct !== '') this.#arguments[0]?.shift();
    const rendered = this.#rendered().map(this.#name.includes('hash') ? typedNull : (one) => one);
    return template
      .replaceAll('$D', distinct)
      .replace('$*', () => rendered.join(', '))
      .replace('$|', () => rendered.map((one) => `(${one})`).join(' || '))
      .replace(/\$(\d)/g, (_, digit) => rendered[Number(digit) - 1] ?? '');
  }

  #rendered(): string[] {
    return this.#arguments.map((_, i) => this.#argument(i));
  }

  #argument(index: number): string {
    const nodes = this.#arguments[index];
    if (nodes === undefined || nodes.length === 0) throw this.#wrongCount();
    const arrow = nodes.findIndex((node) => isOp(node, '->'));
    if (arrow === -1) return this.#t.expression(nodes);
    const [head] = nodes;
    const names = isParens(head)
      ? splitAtCommas(head.children).map((part) => textOf(part[0]))
      : [textOf(head)];
    return `lambda ${names.map(quoteIdentifier).join(', ')}: ${this.#t.expression(nodes.slice(arrow + 1))}`;
  }

  /** A string or number that must be known before the query runs. */
  #constant(index: number): string {
    const nodes = this.#arguments[index];
    const [node] = nodes ?? [];
    if (nodes?.length === 1 && (node?.kind === 'string' || node?.kind === 'number')) return node.value;
    if (nodes?.length === 1 && node?.kind === 'literal' && node.value !== null) return node.value;
    throw notEmulated(`${this.#name} whose argument ${index + 1} is not a constant`);
  }

  #unit(index: number): string {
    const nodes = this.#arguments[index];
    const unit = textOf(nodes?.[0]).replaceAll("'", '').toUpperCase();
    if (nodes?.length !== 1 || !UNITS.has(unit))
      throw syntaxError(textOf(nodes?.[0]), 'Expected a unit such as DAY.');
    return unit.toLowerCase();
  }

  #pattern(index: number): string {
    return quoteString(strftimePattern(this.#constant(index)));
  }

  #wrongCount(): SqlError {
    return new SqlError(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      '42605',
      `The \`${this.#name}\` cannot be called with ${this.#arguments.length} parameters.`,
    );
  }

  #cast(): string {
    const at = this.#children.findLastIndex((node) => isWord(node, 'AS'));
    if (at === -1) throw syntaxError(this.#name, 'Expected CAST(value AS type).');
    const cursor = new Cursor(this.#children.slice(at + 1));
    const type = parseType(cursor);
    cursor.expectEnd();
    return castTo(this.#t.expression(this.#children.slice(0, at)), type, {
      tries: this.#name === 'try_cast',
    });
  }

  #extract(): string {
    const from = this.#children.findIndex((node) => isWord(node, 'FROM') || isOp(node, ','));
    const field = textOf(this.#children[0]).replaceAll("'", '').toLowerCase();
    const source = this.#children.slice(from + 1);
    const names: Record<string, string> = {
      dow: 'dayofweek',
      dayofweek_iso: 'weekday',
      doy: 'dayofyear',
      week: 'weekofyear',
    };
    if (from === -1) throw syntaxError(this.#name, 'Expected EXTRACT(field FROM source).');
    return rewriteCall(names[field] ?? field, source, this.#t);
  }

  /** Whole units from the second argument to the third. */
  #difference(unitAt: number): string {
    const [start, end] = [this.#argument(unitAt + 1), this.#argument(unitAt + 2)];
    return `date_sub('${this.#unit(unitAt)}', dbx_to_timestamp(${start}), dbx_to_timestamp(${end}))`;
  }

  #move(): string {
    const unit = this.#unit(0);
    const kind = ['year', 'quarter', 'month', 'week', 'day'].includes(unit) ? 'days' : 'time';
    return `dbx_add_${kind}(${this.#argument(2)}, to_${unit}s(CAST(${this.#argument(1)} AS INTEGER)))`;
  }

  #toDate(): string {
    const tries = this.#name.startsWith('try_');
    if (this.#arguments.length === 1) return `${tries ? 'TRY_CAST' : 'CAST'}(${this.#argument(0)} AS DATE)`;
    return `CAST(${tries ? 'try_strptime' : 'strptime'}(${this.#argument(0)}, ${this.#pattern(1)}) AS DATE)`;
  }

  #toTimestamp(): string {
    const tries = this.#name.startsWith('try_');
    if (this.#arguments.length === 1)
      return `${tries ? 'dbx_try_to_timestamp' : 'dbx_to_timestamp'}(${this.#argument(0)})`;
    return `${tries ? 'try_strptime' : 'strptime'}(${this.#argument(0)}, ${this.#pattern(1)})`;
  }

  #fromJson(): string {
    if (this.#arguments.length !== 2) throw notEmulated('from_json with options');
    const type = parseSchemaText(this.#constant(1));
    const json = this.#argument(0);
    const structure = quoteString(JSON.stringify(jsonStructure(type)));
    return `CAST(json_transform(dbx_valid_json(${json}), ${structure}) AS ${duckType(type)})`;
  }

  #assertTrue(): string {
    const [condition = []] = this.#arguments;
    const message =
      this.#arguments.length > 1 ? this.#argument(1) : quoteString(`'${sourceText(condition)}' is not true!`);
    return `CASE WHEN ${this.#argument(0)} THEN NULL ELSE dbx_raise_error(${message}) END`;
  }
}

/** A bare NULL has no type, and a function of any type cannot read its vector. */
function typedNull(sql: string): string {
  return sql === 'NULL' ? 'CAST(NULL AS INTEGER)' : sql;
}

function truncUnit(format: string): string {
  const units: Record<string, string> = {
    YYYY: 'year',
    YEAR: 'year',
    YY: 'year',
    MM: 'month',
    MON: 'month',
    MONTH: 'month',
    Q: 'quarter',
    QUARTER: 'quarter',
    WEEK: 'week',
  };
  const unit = units[format.toUpperCase()];
  if (unit === undefined) throw notEmulated(`trunc to '${format}'`);
  return unit;
}
