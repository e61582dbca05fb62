import type { Cause } from './alert.ts';

const MAX_DATES = 10;
const MAX_CAUSES = 10;
const MAX_EXAMPLE_LENGTH = 300;

/** Groups failed dates by the `<class>/<CODE>` that their error messages begin with. */
export function failureCauses(
  failed: readonly { readonly position_date: string; readonly error_message: string | null }[],
): Cause[] {
  const groups = new Map<string, { dates: string[]; example: string }>();
  for (const { position_date, error_message } of failed) {
    const [, cause = 'unknown', words = ''] = /^(\w+\/\w+): (.*)$/s.exec(error_message ?? '') ?? [];
    const group = groups.get(cause) ?? { dates: [], example: cut(words || (error_message ?? '')) };
    group.dates.push(position_date);
    groups.set(cause, group);
  }
  return [...groups]
    .map(([cause, { dates, example }]) => ({
      cause,
      count: dates.length,
      dates: dates.sort().slice(0, MAX_DATES),
      example,
    }))
    .sort((one, other) => other.count - one.count)
    .slice(0, MAX_CAUSES);
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_EXAMPLE_LENGTH ? line : `${line.slice(0, MAX_EXAMPLE_LENGTH - 1)}…`;
}
