import { syntaxError } from '../sql-error.ts';
import { operand, type Piece } from './piece.ts';

const TIGHTER = new Set(['*', '/', '%', '//']);

/** Rewrites the operators that mean something else in DuckDB, over pieces of one level. */
export function rewriteOperators(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (let i = 0; i < pieces.length; i += 1) {
    const piece = pieces[i];
    if (piece === undefined) break;
    const op = piece.kind === 'operator' || piece.kind === 'keyword' ? piece.sql : '';
    const next = pieces[i + 1];
    switch (op) {
      case '<=>':
        out.push({ sql: 'IS NOT DISTINCT FROM', kind: 'operator' });
        break;
      case '==':
        out.push({ sql: '=', kind: 'operator' });
        break;
      case '!':
        out.push({ sql: 'NOT', kind: 'keyword' });
        break;
      case '/':
      case '%':
      case 'DIV': {
        if (next?.kind !== 'operand') throw syntaxError(op, 'Expected a value after it.');
        out.push({ sql: op === 'DIV' ? '//' : op, kind: 'operator' }, operand(divisor(next.sql)));
        i += 1;
        break;
      }
      case '+':
      case '-':
        if (next?.interval === undefined || !movesDate(out)) out.push(piece);
        else {
          const moved = out.pop();
          out.push(
            operand(`dbx_${op === '+' ? 'add' : 'subtract'}_${next.interval}(${moved?.sql}, ${next.sql})`),
          );
          i += 1;
        }
        break;
      case 'RLIKE':
      case 'REGEXP': {
        const negated = out.at(-1)?.sql === 'NOT' && out.at(-1)?.kind === 'keyword';
        if (negated) out.pop();
        const text = out.pop();
        if (text?.kind !== 'operand' || next?.kind !== 'operand') throw syntaxError(op);
        out.push(operand(`(${negated ? 'NOT ' : ''}regexp_matches(${text.sql}, ${next.sql}))`));
        i += 1;
        break;
      }
      default:
        out.push(piece);
    }
  }
  return out;
}

/** Division by zero is an error in Databricks and an infinity in DuckDB. */
function divisor(sql: string): string {
  return Number(sql) > 0 ? sql : `dbx_divisor(${sql})`;
}

/** Is the operand on the left the whole left side of the plus or minus? */
function movesDate(out: readonly Piece[]): boolean {
  const left = out.at(-1);
  const before = out.at(-2);
  return left?.kind === 'operand' && !(before?.kind === 'operator' && TIGHTER.has(before.sql));
}
