import { attemptId } from './attempt-id.ts';
import { type AttemptRecord, AttemptRecordSchema } from './attempt-record.ts';
import { DATE_LETTERS, type DateLetter, type DateState, type SkipReason } from './date-letter.ts';
import type { PlannedDate } from './plan-text.ts';

/** One date as REST and events tell it (GET /api/backfills/:id/dates). Times are ISO 8601 in UTC. */
export interface DateView {
  position_date: string;
  /** Last day of its window; the date itself where it is one day. */
  position_end_date: string;
  state: DateState;
  reason: SkipReason | 'adopted' | null;
  attempt: number;
  attempt_id: string | null;
  /** The Databricks run. */
  run_id: string | null;
  run_page_url: string | null;
  started_at: string | null;
  finished_at: string | null;
  error_message: string | null;
  /** What the retry worker decided on the failure of this attempt, and why; null before and without one. */
  decision: 'retry' | 'fail' | null;
  decision_reason: string | null;
  retry_at: string | null;
  /** Id of the backfill that holds the claim on this date. */
  waiting_for: string | null;
  /** Id of the backfill whose success this date took over. */
  adopted_from: string | null;
}

export function viewDate(
  backfillId: string,
  { positionDate, endDate = positionDate, letter }: PlannedDate,
  recordJson: string | null | undefined,
  claimedBy: string | null,
): DateView {
  const { state, reason } = DATE_LETTERS[letter];
  const stored = recordJson ? AttemptRecordSchema.parse(JSON.parse(recordJson)) : null;
  const record =
    stored && isWithdrawn(letter, stored) ? attemptBefore(backfillId, positionDate, stored) : stored;
  return {
    position_date: positionDate,
    position_end_date: endDate,
    state,
    reason: record?.adopted_from ? 'adopted' : reason,
    attempt: record?.attempt ?? (letter === 'q' ? 1 : 0),
    attempt_id: record?.attempt_id ?? (letter === 'q' ? attemptId(backfillId, positionDate, 1) : null),
    run_id: record?.run_id ?? null,
    run_page_url: record?.run_page_url ?? null,
    started_at: record?.started_at ?? null,
    finished_at: record?.finished_at ?? null,
    error_message: record?.error_message ?? null,
    decision: record?.decision ?? null,
    decision_reason: record?.decision_reason ?? null,
    retry_at: letter === 'w' ? (record?.retry_at ?? null) : null,
    waiting_for: letter === 'p' ? claimedBy : null,
    adopted_from: record?.adopted_from ?? null,
  };
}

/** Back from the gate because its start was refused for good or its backfill paused while it waited: no run exists, and the number is used again. */
function isWithdrawn(letter: DateLetter, record: AttemptRecord): boolean {
  const { run_id, finished_at, submission, adopted_from } = record;
  const unstarted =
    [run_id, finished_at, adopted_from].every((field) => field === undefined) && submission === 1;
  return unstarted && (letter === 'p' || letter === 'c');
}

/** All that is still known of the attempt before; null when there was none. */
function attemptBefore(backfillId: string, positionDate: string, { attempt }: AttemptRecord) {
  if (attempt <= 1) return null;
  const before: Partial<AttemptRecord> = {
    attempt: attempt - 1,
    attempt_id: attemptId(backfillId, positionDate, attempt - 1),
  };
  return before;
}
