import { notEmulated } from '../sql-error.ts';

const LETTERS: Record<string, string> = {
  yyyy: '%Y',
  y: '%Y',
  yy: '%y',
  MM: '%m',
  M: '%-m',
  MMM: '%b',
  MMMM: '%B',
  dd: '%d',
  d: '%-d',
  DDD: '%j',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  m: '%-M',
  ss: '%S',
  s: '%-S',
  SSS: '%g',
  SSSSSS: '%f',
  a: '%p',
  E: '%a',
  EE: '%a',
  EEE: '%a',
  EEEE: '%A',
};

/** Turns a date pattern of Java, as Databricks takes it, into one of strftime. Unknown letters fail loudly. */
export function strftimePattern(pattern: string): string {
  return pattern.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*|%/g, (run: string, quoted?: string) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'").replaceAll('%', '%%');
    if (run === '%') return '%%';
    const directive = LETTERS[run];
    if (directive === undefined) throw notEmulated(`the letters ${run} in the date pattern '${pattern}'`);
    return directive;
  });
}
