import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import type { RetrySchedule } from './config.ts';
import type { BackfillSection } from './file-schema.ts';
import type { SettingSources } from './setting-sources.ts';
import { integer, text, valueSchema } from './value-schema.ts';

/** Minute to weekday, or with seconds before them; fewer fields would be filled up with what nobody asked for. */
const CRON_FIELDS = [5, 6];

const cronText = valueSchema(
  'cron text of five fields such as "0 9 * * 1-5" that comes true some day',
  (value) => {
    if (typeof value !== 'string') return undefined;
    const cron = value.trim().replaceAll(/\s+/g, ' ');
    if (!cron.startsWith('@') && !CRON_FIELDS.includes(cron.split(' ').length)) return undefined;
    try {
      CronExpressionParser.parse(cron, { tz: 'UTC' }).next();
      return cron;
    } catch {
      return undefined;
    }
  },
);

const timeZone = valueSchema('a time zone such as "America/New_York" or "UTC"', (value) => {
  if (typeof value !== 'string') return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    return undefined;
  }
});

const flag = valueSchema('true or false', (value) =>
  value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
);

/** `backfill.retries.schedules.<name>` */
export const retryScheduleSection = z.strictObject({
  cron: cronText.optional(),
  timezone: timeZone.optional(),
  retry_days_back: integer(0, 3_650).optional(),
  max_retries: integer(1, 10_000).optional(),
  job: text('the name or the key of a job', /^.{1,4096}$/su).optional(),
  enabled: flag.optional(),
});

/** What a schedule has that says nothing, and the one that is always there: each morning, off until enabled. */
const DEFAULTS: RetrySchedule = {
  cron: '0 9 * * *',
  timezone: 'America/New_York',
  retryDaysBack: 1,
  maxRetries: 10,
  job: null,
  enabled: false,
};
const DEFAULT_NAME = 'daily';

/** The named schedules of the sweep; `daily` is always among them. */
export function pickRetrySchedules(
  file: BackfillSection,
  picked: SettingSources,
): Record<string, RetrySchedule> {
  const sections = { [DEFAULT_NAME]: {}, ...file.retries?.schedules };
  return Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, pickSchedule(name, section, picked)]),
  );
}

function pickSchedule(
  name: string,
  section: z.output<typeof retryScheduleSection>,
  picked: SettingSources,
): RetrySchedule {
  const path = `backfill.retries.schedules.${name}`;
  return {
    cron: picked.pick(`${path}.cron`, { file: section.cron }, DEFAULTS.cron),
    timezone: picked.pick(`${path}.timezone`, { file: section.timezone }, DEFAULTS.timezone),
    retryDaysBack: picked.pick(
      `${path}.retry_days_back`,
      { file: section.retry_days_back },
      DEFAULTS.retryDaysBack,
    ),
    maxRetries: picked.pick(`${path}.max_retries`, { file: section.max_retries }, DEFAULTS.maxRetries),
    job: picked.pick(`${path}.job`, { file: section.job }, DEFAULTS.job, (job) => job ?? 'every job'),
    enabled: picked.pick(`${path}.enabled`, { file: section.enabled }, DEFAULTS.enabled),
  };
}
