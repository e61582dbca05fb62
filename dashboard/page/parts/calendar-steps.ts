const DAYS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const MONTHS: Readonly<Record<string, number>> = { PageUp: -1, PageDown: 1 };

/** The date that a key leads to from another: the nearest in its direction that is shown, or null. */
export function dateBeside(from: string, key: string, dates: readonly { date: string }[]): string | null {
  const shown = dates.map(({ date }) => date).sort();
  if (key === 'Home') return shown[0] ?? null;
  if (key === 'End') return shown.at(-1) ?? null;
  const wanted = stepped(from, key);
  if (wanted === null) return null;
  if (wanted > from) return shown.find((date) => date >= wanted) ?? shown.at(-1) ?? null;
  return shown.findLast((date) => date <= wanted) ?? shown[0] ?? null;
}

function stepped(from: string, key: string): string | null {
  const time = new Date(`${from}T00:00:00Z`);
  const days = DAYS[key];
  const months = MONTHS[key];
  if (days !== undefined) time.setUTCDate(time.getUTCDate() + days);
  else if (months !== undefined) time.setUTCMonth(time.getUTCMonth() + months);
  else return null;
  return time.toISOString().slice(0, 10);
}
