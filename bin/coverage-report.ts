import { CoverageAnswerSchema } from './rest-answers.ts';

/** Of a longer range the years are shown. */
const MOST_MONTHS = 36;
const MOST_NAMED = 31;

/** One line a month, a mark per business day: `2024-06  ■■■■□■■  18 of 19`; of many years one line a year. */
export function coverageLines(body: unknown): string[] {
  const { totals, days } = CoverageAnswerSchema.parse(body);
  const months = new Set(days.map(({ calendar_date }) => calendar_date.slice(0, 7)));
  const byMonth = months.size <= MOST_MONTHS;
  const periods = new Map<string, boolean[]>();
  for (const { calendar_date, status } of days) {
    const period = calendar_date.slice(0, byMonth ? 7 : 4);
    const marks = periods.get(period) ?? [];
    marks.push(status === 'Processed');
    periods.set(period, marks);
  }
  const lines = [...periods].map(([period, marks]) => {
    const done = marks.filter(Boolean).length;
    const shown = marks.map((processed) => (processed ? '■' : '□')).join('');
    return `${period}  ${byMonth ? `${shown.padEnd(23)}  ` : ''}${done} of ${marks.length}`;
  });
  const missing = days.filter(({ status }) => status === 'Missing').map(({ calendar_date }) => calendar_date);
  const named = missing.length === 0 || missing.length > MOST_NAMED ? '' : `: ${missing.join(', ')}`;
  return [...lines, `${totals.processed} processed, ${totals.missing} missing${named}`];
}
