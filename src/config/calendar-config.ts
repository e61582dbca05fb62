import { calendarNamed } from '../calendar/business-calendar.ts';
import { toBackfillError } from '../errors/backfill-error.ts';
import type { CalendarConfig } from './config.ts';
import type { Problems } from './problems.ts';
import type { ResolvedFile } from './resolved-file.ts';

const SATURDAY_AND_SUNDAY: readonly number[] = [6, 0];

/** The calendars of `backfill.calendars`; one that builds on an unknown country or state is reported and left out. */
export function readCalendars(file: ResolvedFile, problems: Problems): Record<string, CalendarConfig> {
  const calendars = Object.entries(file.backfill.calendars ?? {}).map(
    ([name, section]): [string, CalendarConfig] => [
      name,
      {
        country: section.country ?? null,
        state: section.state ?? null,
        region: section.region ?? null,
        weekend: section.weekend ?? SATURDAY_AND_SUNDAY,
        add: section.add ?? [],
        remove: section.remove ?? [],
      },
    ],
  );
  return Object.fromEntries(calendars.filter(([name, calendar]) => isSound(name, calendar, file, problems)));
}

function isSound(name: string, calendar: CalendarConfig, file: ResolvedFile, problems: Problems): boolean {
  const report = (found: string, expected: string): false => {
    const path = ['backfill', 'calendars', name];
    problems.add({ name: path.join('.'), place: file.place(path), found, expected });
    return false;
  };
  if (name === 'none') return report('the name "none"', 'another name, since "none" has business days only');
  const { country, state, region, add, remove } = calendar;
  if (country === null && state !== null) return report('a state without its country', 'country and state');
  if (state === null && region !== null)
    return report('a region without its state', 'country, state and region');
  const both = add.find((date) => remove.includes(date));
  if (both !== undefined) return report(`${both} under add and under remove`, 'each date under one of them');
  try {
    calendarNamed(name, { [name]: calendar });
    return true;
  } catch (thrown) {
    return report(
      [country, state, region].join('-').replace(/-+$/, ''),
      `a country or state that exists. ${toBackfillError(thrown).message}`,
    );
  }
}
