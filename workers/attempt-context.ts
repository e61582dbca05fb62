import { attemptId } from '../queues/plan/attempt-id.ts';
import type { AttemptRecord } from '../queues/plan/attempt-record.ts';
import type { AttemptFact } from '../src/facts/fact.ts';
import { formatDate } from '../src/planning/date-format.ts';
import { isDaily } from '../src/planning/granularity.ts';
import type { QualityReport } from '../src/quality/quality-settings.ts';
import { type LogRow, LogRowSchema, type LogStatus } from '../src/tables/log-row.ts';
import type { BackfillTerms } from './known-backfills.ts';

/** What this process knows of the attempt in its hands. */
export interface AttemptContext {
  readonly backfill: BackfillTerms;
  readonly positionDate: string;
  readonly record: AttemptRecord;
  /** Another holder had it before: its run may exist, and may have ended unseen. */
  readonly takenOver: boolean;
}

export function factOf({ backfill, positionDate, record }: AttemptContext): AttemptFact {
  return {
    backfill_id: backfill.id,
    position_date: positionDate,
    attempt: record.attempt,
    job: backfill.job,
  };
}

/** Address of a run's page before Databricks has told its own. */
export function runPageUrl(host: string, jobId: string, runId: string): string {
  return `${host}/jobs/${jobId}/runs/${runId}`;
}

/** Parameters of the run: the static ones, then the date or the window; nothing can override these. */
export function runParameters({ backfill, positionDate, record }: AttemptContext): Record<string, string> {
  const settings = backfill.run_settings;
  const written = (day: string) => formatDate(day, settings.date_format);
  return {
    ...settings.parameters,
    [settings.date_parameter]: written(positionDate),
    ...(!isDaily(settings.granularity) && {
      [settings.end_date_parameter]: written(record.position_end_date ?? positionDate),
    }),
  };
}

/** The attempt's row of `backfill_log` as it shall read now. */
export function logRow(
  { backfill, positionDate, record }: AttemptContext,
  now: {
    status: LogStatus;
    runId: string | null;
    runPageUrl: string | null;
    endTime: string | null;
    errorMessage: string | null;
    quality?: QualityReport | null;
  },
): LogRow {
  const link = record.retry_metadata;
  return LogRowSchema.parse({
    runId: attemptId(backfill.id, positionDate, record.attempt),
    positionDate,
    jobName: backfill.job,
    jobId: backfill.job_id,
    status: now.status,
    startTime: record.started_at,
    endTime: now.endTime,
    backfillJobId: now.runId,
    errorMessage: now.errorMessage,
    creatorUserName: backfill.created_by,
    runPageUrl: now.runPageUrl,
    retryMetadata: link
      ? {
          originalRunId: link.original_run_id,
          retryCount: link.retry_count,
          retryTriggeredBy: link.retry_triggered_by,
          retryTriggeredAt: link.retry_triggered_at,
        }
      : null,
    backfillId: backfill.id,
    attempt: record.attempt,
    positionEndDate: record.position_end_date ?? positionDate,
    quality: now.quality ?? null,
  } satisfies LogRow);
}
