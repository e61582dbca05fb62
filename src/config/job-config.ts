import { calendarNamed } from '../calendar/business-calendar.ts';
import { toBackfillError } from '../errors/backfill-error.ts';
import { alertPolicyOf, checkChannels } from './alerts-config.ts';
import type { Config, JobConfig } from './config.ts';
import { policyOf } from './job-policy.ts';
import { didYouMean, nearMatches } from './near-match.ts';
import { type Problems, shown } from './problems.ts';
import type { ResolvedFile } from './resolved-file.ts';

/** The jobs of `resources.jobs` and `backfill.jobs`, by key, with the rules between their values checked. */
export function readJobs(
  file: ResolvedFile,
  calendars: Config['calendars'],
  problems: Problems,
): Record<string, JobConfig> {
  const own = file.backfill.jobs ?? {};
  const keys = [...new Set([...Object.keys(file.jobSettings), ...Object.keys(own)])];
  const jobs = keys.map((key) => jobOf(key, file));
  for (const job of jobs) checkJob(job, file, calendars, problems);
  reportShared(jobs, ({ name }) => name, 'name', file, problems);
  reportShared(jobs, ({ jobId }) => jobId, 'job_id', file, problems);
  return Object.fromEntries(jobs.map((job) => [job.key, job]));
}

function jobOf(key: string, file: ResolvedFile): JobConfig {
  const settings = file.jobSettings[key] ?? null;
  const section = file.backfill.jobs?.[key] ?? {};
  const name = typeof settings?.name === 'string' ? settings.name : (section.name ?? key);
  return {
    key,
    name,
    jobId: section.job_id ?? null,
    settings: settings === null ? null : { ...settings, name },
    ...(section.optional === true && { optional: true }),
    ...ofFile(key, file),
    policy: policyOf(section),
    ...(section.alerts && { alerts: alertPolicyOf(section.alerts) }),
    ...(section.lineage && {
      datasets: { inputs: section.lineage.inputs ?? [], outputs: section.lineage.outputs ?? [] },
    }),
  };
}

/** What goes along with the settings of a job where its file has it. */
function ofFile(key: string, { confidential, jobFiles }: ResolvedFile): Partial<JobConfig> {
  const notebookFiles = jobFiles[key] ?? {};
  return {
    ...(confidential.size > 0 && { confidential }),
    ...(Object.keys(notebookFiles).length > 0 && { notebookFiles }),
  };
}

function checkJob(
  job: JobConfig,
  file: ResolvedFile,
  calendars: Config['calendars'],
  problems: Problems,
): void {
  const { key, policy, settings } = job;
  const section = file.backfill.jobs?.[key] ?? {};
  const report = (setting: string | null, found: string, expected: string): void => {
    const path = ['backfill', 'jobs', key, ...(setting === null ? [] : [setting])];
    problems.add({ name: path.join('.'), place: file.place(path), found, expected });
  };

  const defined = Object.keys(file.jobSettings);
  if (settings === null && nearMatches(key, defined).length > 0) {
    report(null, 'a job that resources.jobs does not have', `one of its keys.${didYouMean(key, defined)}`);
  }
  if (settings !== null && section.name !== undefined && section.name !== job.name) {
    report('name', shown(section.name), `no name here, since resources.jobs.${key} has ${shown(job.name)}`);
  }
  if (policy.endDateParameter === policy.dateParameter) {
    report('end_date_parameter', shown(policy.endDateParameter), 'another name than date_parameter');
  }
  for (const parameter of [policy.dateParameter, policy.endDateParameter]) {
    if (!Object.hasOwn(policy.parameters, parameter)) continue;
    report('parameters', `the key ${shown(parameter)}`, 'no value for a date, since each run gets its own');
  }
  if (policy.maxRetryDelayMs < policy.retryDelayMs) {
    report(
      'max_retry_delay',
      `${policy.maxRetryDelayMs} ms`,
      `at least retry_delay, ${policy.retryDelayMs} ms`,
    );
  }
  const limit = settings?.max_concurrent_runs;
  if (typeof limit === 'number' && policy.headroom > 0 && policy.headroom >= limit) {
    report(
      'headroom',
      String(policy.headroom),
      `less than max_concurrent_runs, ${limit}, or nothing would run`,
    );
  }
  checkChannels(section.alerts?.channels, file, ['backfill', 'jobs', key, 'alerts', 'channels'], problems);
  try {
    calendarNamed(policy.calendar, calendars);
  } catch (thrown) {
    report('calendar', shown(policy.calendar), `a calendar that exists. ${toBackfillError(thrown).message}`);
  }
}

function reportShared(
  jobs: readonly JobConfig[],
  sharedValue: (job: JobConfig) => string | null,
  setting: string,
  file: ResolvedFile,
  problems: Problems,
): void {
  const keyOf = new Map<string, string>();
  for (const job of jobs) {
    const value = sharedValue(job);
    if (value === null) continue;
    const first = keyOf.get(value);
    if (first === undefined) {
      keyOf.set(value, job.key);
      continue;
    }
    const room = job.settings === null || setting === 'job_id' ? 'backfill' : 'resources';
    const path = [room, 'jobs', job.key, setting];
    problems.add({
      name: path.join('.'),
      place: file.place(path),
      found: `${shown(value)}, which the job ${first} has too`,
      expected: `a ${setting} of its own`,
    });
  }
}
