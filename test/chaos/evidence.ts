import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { idempotencyToken } from '../../queues/plan/attempt-id.ts';
import type { DateView } from '../../queues/plan/date-view.ts';
import type { LedgerEntry } from '../harness/emulator-process.ts';
import type { ChaosStack } from './chaos-stack.ts';
import { isForeign } from './run-faults.ts';

/** One run of ours that Databricks made. */
export interface EvidentRun {
  readonly runId: string;
  readonly positionDate: string;
  readonly token: string;
  readonly createdMs: number;
  /** Infinity while it lives. */
  readonly endedMs: number;
  readonly runDurationMs: number;
  readonly deleted: boolean;
  readonly refused: boolean;
  /** Null where Databricks has none, or no longer. */
  readonly resultState: string | null;
}

const LogRowSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  status: z.string(),
  start_millis: z.coerce.number().nullable(),
  end_millis: z.coerce.number().nullable(),
  backfill_job_id: z.string().nullable(),
  attempt: z.coerce.number(),
  retry_metadata: z
    .string()
    .transform((json): unknown => JSON.parse(json))
    .nullable(),
});

export type EvidentRow = z.output<typeof LogRowSchema>;

/** What everybody says when the storm is over: the workspace, the plan, the tables. */
export interface Evidence {
  readonly backfillId: string;
  readonly backfillState: string;
  readonly total: number;
  readonly dates: readonly DateView[];
  readonly runs: readonly EvidentRun[];
  readonly rows: readonly EvidentRow[];
  /** Dates whose rows in the destination are not those of the source. */
  readonly differing: ReadonlySet<string>;
  readonly logPending: number;
  readonly leftLive: number;
  readonly leftClaims: number;
  readonly tokenOf: (attemptId: string, submission: number) => string;
}

export async function gatherEvidence(stack: ChaosStack, backfillId: string): Promise<Evidence> {
  const { plans, connection, keys, jobId, session } = stack;
  const view = await plans.view(backfillId);
  return {
    backfillId,
    backfillState: view.state,
    total: view.counts.total,
    dates: await plans.dates(backfillId),
    runs: await evidentRuns(stack),
    rows: await logRows(stack, backfillId),
    differing: await differingDates(stack),
    logPending: view.log_pending,
    leftLive: await connection.scard(keys.live(jobId)),
    leftClaims: await connection.hlen(keys.claims(jobId)),
    tokenOf: (attemptId, submission) =>
      idempotencyToken({ host: session.host, jobId, attemptId, submission }),
  };
}

/** Files below a directory that contain one of the texts. */
export async function filesContaining(directory: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const content = await readFile(file, 'latin1');
    if (texts.some((text) => content.includes(text))) found.push(file);
  }
  return found;
}

async function evidentRuns(stack: ChaosStack): Promise<EvidentRun[]> {
  const { run_now } = await stack.emulator.local.ledger();
  const ours = run_now.filter((entry) => entry.created && entry.job_id === stack.jobId && !isForeign(entry));
  const durationsMs = await runDurationsMs(stack);
  return ours.map((entry) => evidentRun(entry, durationsMs.get(entry.run_id)));
}

function evidentRun(entry: LedgerEntry, runDurationMs: number | undefined): EvidentRun {
  const createdMs = Date.parse(entry.at);
  const endedMs = entry.ended_at === null ? Number.POSITIVE_INFINITY : Date.parse(entry.ended_at);
  return {
    runId: entry.run_id,
    positionDate: entry.parameters.position_date ?? '',
    token: entry.idempotency_token ?? '',
    createdMs,
    endedMs,
    // A deleted run is in no list any more.
    runDurationMs: runDurationMs ?? (Number.isFinite(endedMs) ? endedMs - createdMs : 0),
    deleted: entry.run_state === 'DELETED',
    refused: entry.run_state === 'SKIPPED',
    resultState: entry.result_state,
  };
}

async function runDurationsMs({ session, jobId }: ChaosStack): Promise<Map<string, number>> {
  const durationsMs = new Map<string, number>();
  for (let pageToken: string | null = ''; pageToken !== null; ) {
    const page = await session.client.jobs.listRuns({
      jobId,
      limit: 24,
      ...(pageToken !== '' && { pageToken }),
    });
    for (const { runId, runDurationMs } of page.runs) durationsMs.set(runId, runDurationMs ?? 0);
    pageToken = page.nextPageToken;
  }
  return durationsMs;
}

async function logRows({ session, tables }: ChaosStack, backfillId: string): Promise<EvidentRow[]> {
  const rows = await session.warehouse.query(
    `SELECT run_id, CAST(position_date AS STRING) AS position_date, status, unix_millis(start_time) AS start_millis,
       unix_millis(end_time) AS end_millis, backfill_job_id, attempt, retry_metadata
     FROM ${tables.backfillLog} WHERE backfill_id = :id ORDER BY run_id`,
    { id: backfillId },
  );
  return rows.map((row) => LogRowSchema.parse(row));
}

async function differingDates({ session, tables }: ChaosStack): Promise<Set<string>> {
  const [source, destination] = [tables.sourceData, tables.destinationData].map(
    (table) => `SELECT position_date, id, value, category FROM ${table}`,
  );
  const rows = await session.warehouse.query<{ position_date: string }>(
    `SELECT DISTINCT CAST(position_date AS STRING) AS position_date FROM (
       (${source} EXCEPT ALL ${destination}) UNION ALL (${destination} EXCEPT ALL ${source})
     ) AS differing`,
  );
  return new Set(rows.map((row) => row.position_date));
}
