import { quoteString } from '../identifier.ts';
import { notEmulated, syntaxError } from '../sql-error.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { isOp, textOf } from '../syntax/node.ts';
import type { Translation } from '../translation.ts';
import type { Piece } from './piece.ts';

const UNITS = /^(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?$/i;

/** Reads what follows INTERVAL: `'1' DAYS`, `1 DAY`, `-1 MONTH`, `:n HOURS`, `'1 day 2 hours'`. */
export function rewriteInterval(cursor: Cursor, t: Translation): Piece {
  const parts: { count: string; unit: string }[] = [];
  const first = cursor.peek();
  const [, unitNode] = [first, cursor.peek(1)];
  if (first?.kind === 'string' && !(unitNode?.kind === 'word' && UNITS.test(unitNode.value))) {
    cursor.next();
    const words = first.value.trim().split(/\s+/);
    if (words.length % 2 === 1) throw syntaxError(first.text, "Expected pairs such as '1 day'.");
    for (let i = 0; i < words.length; i += 2)
      parts.push({ count: number(words[i] ?? ''), unit: words[i + 1] ?? '' });
  } else {
    const sign = cursor.acceptOp('-') ? '-' : '';
    const node = cursor.next();
    const count =
      node.kind === 'number' || node.kind === 'string'
        ? number(node.value)
        : `CAST(${t.expression([node])} AS INTEGER)`;
    parts.push({ count: sign + count, unit: textOf(cursor.next()) });
    if (cursor.sees('TO')) throw notEmulated('INTERVAL .. TO ..');
    if (cursor.peek()?.kind === 'number' && !isOp(cursor.peek(1), ','))
      throw notEmulated('INTERVAL of several units');
  }
  const units = parts.map(({ unit }) => unitOf(unit));
  const days = units.every((unit) => ['YEAR', 'MONTH', 'WEEK', 'DAY'].includes(unit));
  const sql = parts.map(({ count }, i) => `to_${units[i]?.toLowerCase()}s(${count})`).join(' + ');
  return { sql: parts.length === 1 ? sql : `(${sql})`, kind: 'operand', interval: days ? 'days' : 'time' };
}

function number(text: string): string {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text.trim()))
    throw syntaxError(quoteString(text), 'Expected a number of units.');
  return text.trim();
}

function unitOf(text: string): string {
  const unit = UNITS.exec(text)?.[1]?.toUpperCase();
  if (unit === undefined) throw syntaxError(text, 'Expected a unit such as DAY.');
  return unit;
}
