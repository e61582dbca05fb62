/** A stretch of DuckDB text, and what it is to its neighbours. */
export interface Piece {
  sql: string;
  kind: 'operand' | 'operator' | 'keyword' | 'comma';
  /** On an INTERVAL: does a DATE moved by it stay a DATE? */
  interval?: 'days' | 'time';
}

export function operand(sql: string): Piece {
  return { sql, kind: 'operand' };
}

export function keyword(sql: string): Piece {
  return { sql, kind: 'keyword' };
}

export function join(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.sql).join(' ');
}
