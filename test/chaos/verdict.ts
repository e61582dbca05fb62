import type { DateView } from '../../queues/plan/date-view.ts';
import type { Evidence, EvidentRow, EvidentRun } from './evidence.ts';
import type { LimitHistory } from './limit-history.ts';

/** A broken invariant: which, and what and where. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'time' | 'process';
  readonly what: string;
}

/** What the table shows of the runs. */
export interface RunFigures {
  readonly started: number;
  readonly refused: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly mostLive: number;
  readonly overLimit: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: RunFigures;
}

/** More submissions than any attempt of a storm needs. */
const MAX_SUBMISSIONS = 60;

const TERMINAL_STATES: readonly string[] = ['succeeded', 'failed', 'skipped', 'cancelled'];

const STATUS_OF_STATE: Readonly<Record<string, string>> = {
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
};

/** Which log statuses are true of a run that ended so; what is not named here FAILED. */
const STATUSES_OF_RESULT: Readonly<Record<string, readonly string[]>> = {
  SUCCESS: ['SUCCESS'],
  SUCCESS_WITH_FAILURES: ['SUCCESS'],
  CANCELED: ['CANCELLED', 'FAILED'],
};

/** Checks I1 to I5: limit, runs, dates, rows, data. */
export function judgeStorm(evidence: Evidence, limits: LimitHistory): Verdict {
  const attempts = attemptsOfRuns(evidence);
  const lost = lostDates(evidence);
  const duplicates = duplicateRuns(evidence, attempts);
  const { overLimit, mostLive } = limitBreaches(evidence, attempts, limits);
  return {
    violations: [
      ...overLimit,
      ...duplicates,
      ...unwatchedRuns(evidence),
      ...lost,
      ...wrongRows(evidence, attempts),
      ...wrongData(evidence),
    ],
    figures: {
      started: evidence.runs.filter(({ refused }) => !refused).length,
      refused: evidence.runs.filter(({ refused }) => refused).length,
      duplicates: duplicates.length,
      lost: lost.length,
      mostLive,
      overLimit: overLimit.length,
    },
  };
}

/** Attempt id of each run, by its token; the product never draws a token. */
function attemptsOfRuns({ dates, runs, backfillId, tokenOf }: Evidence): Map<string, string> {
  const dateOf = new Map(dates.map((date) => [date.position_date, date]));
  const attempts = new Map<string, string>();
  for (const { runId, positionDate, token } of runs) {
    const last = dateOf.get(positionDate)?.attempt ?? 0;
    for (let attempt = 1; attempt <= last && !attempts.has(runId); attempt += 1) {
      const id = `${backfillId}_${positionDate}_${attempt}`;
      for (let submission = 1; submission <= MAX_SUBMISSIONS; submission += 1) {
        if (tokenOf(id, submission) === token) attempts.set(runId, id);
      }
    }
  }
  return attempts;
}

/** I1: with each run that is made, no more of ours live than the limit allowed when it passed the gate. */
function limitBreaches(
  { runs, rows }: Evidence,
  attempts: ReadonlyMap<string, string>,
  limits: LimitHistory,
): { overLimit: Violation[]; mostLive: number } {
  const gateMs = new Map(rows.map(({ run_id, start_millis }) => [run_id, start_millis]));
  const overLimit: Violation[] = [];
  let mostLive = 0;
  for (const [index, run] of runs.entries()) {
    if (run.refused) continue;
    const live = runs.filter((other, at) => at <= index && !other.refused && other.endedMs > run.createdMs);
    mostLive = Math.max(mostLive, live.length);
    const passedMs = gateMs.get(attempts.get(run.runId) ?? '') ?? run.createdMs;
    const limit = limits.highest(passedMs, run.createdMs);
    if (live.length > limit) {
      const at = new Date(run.createdMs).toISOString();
      const what = `run ${run.runId} of ${attempts.get(run.runId)} at ${at} made ${live.length} live, limit ${limit}`;
      overLimit.push({ invariant: 'I1', what });
    }
  }
  return { overLimit, mostLive };
}

/** I2: one run that was not refused per attempt, one live run per date, no run that no attempt explains. */
function duplicateRuns({ runs }: Evidence, attempts: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const taken = runs.filter(({ refused }) => !refused);
  for (const [attempt, ofAttempt] of grouped(taken, ({ runId }) => attempts.get(runId) ?? 'no attempt')) {
    if (ofAttempt.length === 1 && attempt !== 'no attempt') continue;
    violations.push({ invariant: 'I2', what: `${attempt} has the runs ${ids(ofAttempt)}` });
  }
  for (const [date, ofDate] of grouped(taken, ({ positionDate }) => positionDate)) {
    const sorted = ofDate.toSorted((one, other) => one.createdMs - other.createdMs);
    const overlaps = sorted.some((run, index) => run.createdMs < (sorted[index - 1]?.endedMs ?? 0));
    if (overlaps)
      violations.push({ invariant: 'I2', what: `${date} had two live runs at once: ${ids(sorted)}` });
  }
  return violations;
}

/** I2: when every date has ended, so has every run. */
function unwatchedRuns({ dates, runs }: Evidence): Violation[] {
  if (dates.some(({ state }) => !TERMINAL_STATES.includes(state))) return [];
  return runs
    .filter(({ endedMs }) => !Number.isFinite(endedMs))
    .map(({ runId, positionDate }) => ({
      invariant: 'I2',
      what: `run ${runId} of ${positionDate} lives on unwatched`,
    }));
}

/** I3: every planned date ended, each once. */
function lostDates({ dates, total, backfillState, leftLive, leftClaims }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const open = dates.filter(({ state }) => !TERMINAL_STATES.includes(state));
  for (const { position_date, state, attempt_id, run_id } of open) {
    violations.push({
      invariant: 'I3',
      what: `${position_date} is ${state}, attempt ${attempt_id}, run ${run_id}`,
    });
  }
  const distinct = new Set(dates.map((date) => date.position_date)).size;
  if (distinct !== total)
    violations.push({ invariant: 'I3', what: `${distinct} dates of ${total} are there` });
  if (open.length === 0 && !backfillState.startsWith('completed')) {
    violations.push({ invariant: 'I3', what: `every date has ended but the backfill is ${backfillState}` });
  }
  if (open.length === 0 && leftLive + leftClaims > 0) {
    violations.push({ invariant: 'I3', what: `${leftLive} slots and ${leftClaims} claims are still held` });
  }
  return violations;
}

/** I4: one row an attempt, terminal, true to its run, linked to the first failure. */
function wrongRows(evidence: Evidence, attempts: ReadonlyMap<string, string>): Violation[] {
  const { dates, rows, runs, logPending } = evidence;
  const violations: Violation[] = [];
  if (logPending !== 0) violations.push({ invariant: 'I4', what: `${logPending} log events are unwritten` });
  const rowsOf = grouped(rows, ({ run_id }) => run_id);
  const expected = new Map(dates.flatMap((date) => expectedRows(evidence.backfillId, date)));
  const resultOf = new Map(
    runs.filter(({ refused }) => !refused).map((run) => [attempts.get(run.runId) ?? '', run]),
  );
  for (const [id, status] of expected) {
    const found = rowsOf.get(id) ?? [];
    const [row] = found;
    if (row === undefined || found.length !== 1) {
      violations.push({ invariant: 'I4', what: `${id} has ${found.length} rows` });
      continue;
    }
    const wrong = wrongRow(row, status, resultOf.get(id), firstAttempt(id));
    if (wrong !== null) violations.push({ invariant: 'I4', what: `${id}: ${wrong}` });
  }
  for (const id of rowsOf.keys()) {
    if (!expected.has(id)) violations.push({ invariant: 'I4', what: `${id} has a row and no attempt` });
  }
  return violations;
}

/** Each attempt of a date with the status its row must have. */
function expectedRows(backfillId: string, { position_date, reason, state, attempt: last }: DateView) {
  const id = (attempt: number) => `${backfillId}_${position_date}_${attempt}`;
  if (reason === 'not_business_day') return [[id(0), 'SKIPPED'] as const];
  return Array.from({ length: last }, (_, before) => {
    const status = before + 1 === last ? (STATUS_OF_STATE[state] ?? 'no open state') : 'FAILED';
    return [id(before + 1), status] as const;
  });
}

function wrongRow(
  row: EvidentRow,
  status: string,
  run: EvidentRun | undefined,
  first: string,
): string | null {
  if (row.status !== status) return `status ${row.status}, the plan says ${status}`;
  if (row.end_millis === null) return 'no end';
  if (status === 'SKIPPED') return null;
  // A date whose run somebody deleted may have been seen to end before, or not.
  if (run === undefined) return 'no run';
  if (!run.deleted) {
    const honest = STATUSES_OF_RESULT[run.resultState ?? ''] ?? ['FAILED'];
    if (!honest.includes(status)) return `status ${status}, its run ${run.runId} ended ${run.resultState}`;
    if (row.backfill_job_id !== run.runId) return `names run ${row.backfill_job_id}, not ${run.runId}`;
  }
  const link = JSON.stringify(linkOf(row.retry_metadata));
  const wanted = JSON.stringify(row.attempt === 1 ? null : [first, row.attempt - 1]);
  return link === wanted ? null : `linked to ${link}, not ${wanted}`;
}

function linkOf(metadata: unknown): [unknown, unknown] | null {
  if (typeof metadata !== 'object' || metadata === null) return null;
  const { original_run_id, retry_count } = metadata as Record<string, unknown>;
  return [original_run_id, retry_count];
}

/** I5: where the notebook ran to its end, the destination has what the source has. */
function wrongData({ dates, runs, differing }: Evidence): Violation[] {
  const processed = new Set(
    runs.filter(({ resultState }) => resultState === 'SUCCESS').map(({ positionDate }) => positionDate),
  );
  return dates
    .filter(({ position_date, state }) => state === 'succeeded' && processed.has(position_date))
    .filter(({ position_date }) => differing.has(position_date))
    .map(({ position_date }) => ({
      invariant: 'I5' as const,
      what: `${position_date} succeeded and its destination rows are not those of the source`,
    }));
}

function firstAttempt(id: string): string {
  return id.replace(/_\d+$/, '_1');
}

function ids(runs: readonly EvidentRun[]): string {
  return runs.map(({ runId }) => runId).join(', ');
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
