/** How a date is written unless its job says otherwise: `2024-06-03`. */
export const ISO_DATE_FORMAT = 'yyyy-MM-dd';

/** One piece of a format: a field, text in single quotes (two of them for one), or a character that stands for itself. */
const PIECE = /yyyy|yy|MM?|dd?|'(?:[^']|'')*'|[^A-Za-z']/g;

const FIELDS: Readonly<Record<string, 'year' | 'month' | 'day'>> = {
  yyyy: 'year',
  yy: 'year',
  MM: 'month',
  M: 'month',
  dd: 'day',
  d: 'day',
};

/**
 * Whether a format tells every date from every other: year (`yyyy`, `yy`), month (`MM`, `M`) and day (`dd`,
 * `d`) each once, and no digit beside `M` or `d`, whose width varies. Letters are those of Spark's patterns;
 * any other letter has to be quoted.
 *
 * @see https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
 */
export function isDateFormat(format: string): boolean {
  const pieces = piecesOf(format);
  if (pieces.join('') !== format) return false;
  const fields = pieces.flatMap((piece) => FIELDS[piece] ?? []);
  if ([...fields].sort().join() !== 'day,month,year') return false;
  return pieces.every((piece, at) => {
    if (piece !== 'M' && piece !== 'd') return true;
    return !/^\d/.test(sample(pieces[at + 1])) && !/\d$/.test(sample(pieces[at - 1]));
  });
}

/** A date `YYYY-MM-DD` as the parameter of a run spells it: `20240603` for `yyyyMMdd`. */
export function formatDate(date: string, format: string = ISO_DATE_FORMAT): string {
  return piecesOf(format)
    .map((piece) => written(piece, date))
    .join('');
}

function piecesOf(format: string): string[] {
  return format.match(PIECE) ?? [];
}

function sample(piece: string | undefined): string {
  return piece === undefined ? '' : written(piece, '2024-11-11');
}

function written(piece: string, date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  switch (piece) {
    case 'yyyy':
      return year;
    case 'yy':
      return year.slice(-2);
    case 'MM':
      return month;
    case 'M':
      return String(Number(month));
    case 'dd':
      return day;
    case 'd':
      return String(Number(day));
    default:
      return piece.startsWith("'") ? piece.slice(1, -1).replaceAll("''", "'") || "'" : piece;
  }
}
