import type { DateView } from '../../queues/plan/date-view.ts';
import type { Fleet } from './fleet.ts';
import { type LogTableRow, logRows } from './log-table.ts';

export interface Expected {
  /** Most runs of the job that may have lived at once: I1. */
  readonly limit: number;
  /** Dates whose run was made to end without its notebook, so that the destination lacks them. */
  readonly unprocessed?: readonly string[];
}

const STATUS_OF_STATE: Readonly<Record<string, string>> = {
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
};

/**
 * The invariants I1 to I5 (test/chaos/verdict.ts), for the backfills of one job when they have ended: what the
 * workspace saw (the ledger and its runs), what the plan says, and what the log table holds.
 */
export async function expectInvariants(
  fleet: Fleet,
  ids: readonly string[],
  { limit, unprocessed = [] }: Expected,
): Promise<void> {
  await fleet.logged();
  const { max_active } = await fleet.workspace.emulator.local.ledger();
  expect(max_active[fleet.jobId] ?? 0).toBeLessThanOrEqual(limit);

  const views = new Map<string, DateView[]>();
  for (const id of ids) views.set(id, await fleet.plans.dates(id));
  await expectOneRunAnAttempt(fleet, [...views.values()].flat());
  for (const [id, dates] of views) {
    await expectPlanTerminal(fleet, id, dates);
    expectRowsMatch(await logRows(fleet.workspace, id), id, dates);
  }
  const processed = [...views.values()].flat().filter(({ state }) => state === 'succeeded');
  await expectDestination(
    fleet,
    processed.map((date) => date.position_date).filter((date) => !unprocessed.includes(date)),
  );
  expect(await fleet.redis.scard(fleet.keys.live(fleet.jobId))).toBe(0);
  expect(await fleet.redis.hlen(fleet.keys.claims(fleet.jobId))).toBe(0);
}

/** I2: no attempt has two runs that were not refused, and no date two at a time. */
async function expectOneRunAnAttempt(fleet: Fleet, dates: readonly DateView[]): Promise<void> {
  const attempts = new Map<string, number>();
  for (const { position_date, attempt } of dates) {
    if (attempt > 0) attempts.set(position_date, (attempts.get(position_date) ?? 0) + attempt);
  }
  const taken = (await fleet.runs()).filter(({ run_state }) => run_state !== 'SKIPPED');
  const runs = new Map<string, number>();
  for (const { parameters } of taken) {
    const date = parameters.position_date ?? '';
    runs.set(date, (runs.get(date) ?? 0) + 1);
  }
  expect([...runs].sort()).toEqual([...attempts].sort());
  expect(new Set(taken.map((entry) => entry.idempotency_token)).size).toBe(taken.length);
  expect(await overlaps(fleet)).toEqual([]);
}

/** Dates of which two runs lived at the same time. */
async function overlaps(fleet: Fleet): Promise<string[]> {
  const lives = new Map<string, { startMs: number; endMs: number }[]>();
  for (let pageToken: string | null = ''; pageToken !== null; ) {
    const page = await fleet.workspace.client.jobs.listRuns({
      jobId: fleet.jobId,
      limit: 24,
      ...(pageToken !== '' && { pageToken }),
    });
    for (const { outcome, parameters, startTimeMs, endTimeMs } of page.runs) {
      if (outcome?.kind === 'refused') continue;
      const date = parameters.position_date ?? '';
      const life = { startMs: startTimeMs, endMs: endTimeMs ?? Number.POSITIVE_INFINITY };
      lives.set(date, [...(lives.get(date) ?? []), life]);
    }
    pageToken = page.nextPageToken;
  }
  return [...lives].filter(([, ofDate]) => overlap(ofDate)).map(([date]) => date);
}

function overlap(lives: readonly { startMs: number; endMs: number }[]): boolean {
  const sorted = lives.toSorted((one, other) => one.startMs - other.startMs);
  return sorted.some((life, index) => life.startMs < (sorted[index - 1]?.endMs ?? 0));
}

/** I3: every planned date is there once and terminal. */
async function expectPlanTerminal(fleet: Fleet, id: string, dates: readonly DateView[]): Promise<void> {
  const open = dates.filter(({ state }) => ['pending', 'queued', 'running'].includes(state));
  expect(open).toEqual([]);
  expect(new Set(dates.map((date) => date.position_date)).size).toBe(dates.length);
  expect((await fleet.plans.view(id)).counts.total).toBe(dates.length);
}

/** I4: one row an attempt, terminal, linked to the first failure; one SKIPPED row a day that is none. */
function expectRowsMatch(rows: readonly LogTableRow[], id: string, dates: readonly DateView[]): void {
  const shown = rows.map(({ run_id, status, retry_metadata }) => ({ run_id, status, retry_metadata }));
  const byDate = dates.toSorted((one, other) => (one.position_date < other.position_date ? -1 : 1));
  expect(shown).toEqual(byDate.flatMap((date) => expectedRows(id, date)));
}

function expectedRows(id: string, { position_date, state, reason, attempt: attempts }: DateView) {
  const runId = (attempt: number) => `${id}_${position_date}_${attempt}`;
  if (reason === 'not_business_day') return [{ run_id: runId(0), status: 'SKIPPED', retry_metadata: null }];
  return Array.from({ length: attempts }, (_, retries) => ({
    run_id: runId(retries + 1),
    status: retries + 1 === attempts ? STATUS_OF_STATE[state] : 'FAILED',
    retry_metadata: retries === 0 ? null : retryOf(runId(1), retries),
  }));
}

function retryOf(originalRunId: string, retryCount: number) {
  return {
    is_retry: true,
    original_run_id: originalRunId,
    retry_count: retryCount,
    retry_triggered_by: 'policy',
    retry_triggered_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
  };
}

/** I5: the destination's rows of each of these dates equal the source's. */
async function expectDestination({ workspace }: Fleet, dates: readonly string[]): Promise<void> {
  const { warehouse, tables } = workspace;
  const columns = 'position_date, id, value, category';
  const [source, destination] = [tables.sourceData, tables.destinationData].map(
    (table) =>
      `SELECT ${columns} FROM ${table} WHERE position_date BETWEEN CAST(:first AS DATE) AND CAST(:last AS DATE)`,
  );
  const differing = await warehouse.query<{ position_date: string }>(
    `SELECT DISTINCT CAST(position_date AS STRING) AS position_date FROM (
       (${source} EXCEPT ALL ${destination}) UNION ALL (${destination} EXCEPT ALL ${source})
     ) AS differing`,
    { first: dates.toSorted()[0] ?? '2024-01-01', last: dates.toSorted().at(-1) ?? '2024-01-01' },
  );
  const wrong = differing.map((row) => row.position_date).filter((date) => dates.includes(date));
  expect(wrong).toEqual([]);
}
