import type { AppliedJob } from '../src/jobs/apply-jobs.ts';
import type { RemovedJob } from '../src/jobs/job-removal.ts';
import type { JobList, ListedJob } from '../src/jobs/list-jobs.ts';
import type { SettingDifference } from '../src/jobs/settings-difference.ts';
import type { VerifiedJob } from '../src/jobs/verified-job.ts';
import { shortened, textTable } from './text-table.ts';

const LONGEST_VALUE = 60;

/** What a reset changes, above what was done: `~` changed, `+` added, `-` removed. */
export function differenceLines({ name, jobId, differences, key }: AppliedJob): string[] {
  if (differences.length === 0) return [];
  const rows = differences.map((difference) => ['', ...differenceCells(difference)]);
  return [
    `Job ${name} (${jobId}) differs from resources.jobs.${key}:`,
    ...textTable(['', '', 'setting', 'workspace -> configuration'], rows).split('\n').slice(1),
  ];
}

function differenceCells({ path, live, declared }: SettingDifference): [string, string, string] {
  const [before, after] = [live, declared].map((text) => shortened(text ?? '', LONGEST_VALUE));
  if (live === null) return ['+', path, after ?? ''];
  if (declared === null) return ['-', path, before ?? ''];
  return ['~', path, `${before} -> ${after}`];
}

/** What a dry run says in place of what was done. */
const INTENTION: Readonly<Record<string, string>> = {
  created: 'to create',
  reset: 'to reset',
  imported: 'to import',
};

export function appliedLines(job: AppliedJob, dryRun = false): string[] {
  const said = (action: string) => ((dryRun && INTENTION[action]) || action).replace('_', ' ').padEnd(9);
  const changed = job.differences.length;
  const changes = changed === 0 ? '' : ` (${changed} setting${changed === 1 ? '' : 's'})`;
  return [
    ...job.notebooks.map(({ path, action }) => `notebook         ${said(action)} ${path}`),
    `job              ${said(job.action)} ${job.name} ${job.jobId ?? ''}${changes}`.trimEnd(),
    ...job.ignored.map(
      (key) => `                 ${key} of ${job.key} is not applied; set it in the workspace`,
    ),
  ];
}

/** The jobs of the configuration, one a line. */
export function jobListTable({ items }: JobList): string {
  const rows = items.map(({ key, name, state, jobIds, maxConcurrentRuns, differences, jobs }) => [
    key ?? '',
    name,
    state.replaceAll('_', ' '),
    jobIds.join(' '),
    maxConcurrentRuns ?? '',
    [...new Set(jobs.map(agreement))].join(', '),
    shortened(differences.map(({ path }) => path).join(', '), LONGEST_VALUE),
  ]);
  return textTable(
    ['key', 'name', 'state', 'job id', 'max runs', 'API and system table', 'differs in'],
    rows,
  );
}

/** The jobs of one name, one a line. */
export function namedJobsTable({ jobs }: ListedJob): string {
  const rows = jobs.map((job) => [
    job.jobId,
    minute(job.createdAt),
    job.creatorUserName ?? '',
    job.managed ? 'yes' : 'no',
    agreement(job),
  ]);
  return textTable(['job id', 'created (UTC)', 'by', 'ours', 'API and system table'], rows);
}

function agreement({ found, agree }: VerifiedJob): string {
  if (agree === null) return 'API only';
  switch (found) {
    case 'both':
      return 'agree';
    case 'api':
      return 'not in the system table yet';
    case 'system_table':
      return 'deleted; the system table lags';
    case 'renamed':
      return 'renamed; the system table lags';
  }
}

export function removedTable(jobs: readonly RemovedJob[], dryRun: boolean): string {
  const rows = jobs.map(({ jobId, name, createdAt, creatorUserName, action, liveRuns }) => [
    dryRun && action === 'deleted' ? 'would delete' : action,
    jobId,
    name,
    minute(createdAt),
    creatorUserName ?? '',
    liveRuns,
  ]);
  return textTable(['', 'job id', 'name', 'created (UTC)', 'by', 'live runs'], rows);
}

function minute(iso: string | null): string {
  return iso === null ? '' : iso.slice(0, 16).replace('T', ' ');
}
