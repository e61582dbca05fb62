import { CANCELLED_REASON } from '../../src/planning/retry-decision.ts';
import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  backfill_id: string;
  position_date: string;
  attempt: number;
  /** Delay before the next attempt, or null to fail the date for good. */
  retry_delay_ms: number | null;
  /** Why, for people. */
  reason: string;
}

type Answer =
  | { outcome: 'not_undecided' }
  | { outcome: 'retrying'; retry_at: string }
  | {
      outcome: 'failed';
      /** The one given, unless a cancel came before it. */
      reason: string;
      backfill_ended: string | null;
      /** Set when this failure was one too many and paused the backfill. */
      paused: { reason: string; withdrawn: string[] | Record<string, never> } | null;
    };

/** Carries out the retry worker's decision, once: a second call finds the date decided. */
export const decideRetry = new Script<Arguments, Answer>(/* lua */ `
local id, date, job_id = args.backfill_id, args.position_date, args.job_id
local index = index_of(id, date)
local record = attempt_of(id, date)
if not index or letter_at(id, index) ~= 'd' or record.attempt ~= args.attempt then
  return answer({ outcome = 'not_undecided' })
end
if type(args.retry_delay_ms) == 'number' and redis.call('HGET', backfill_key(id), 'state') ~= 'cancelling' then
  local at = now_ms + args.retry_delay_ms
  local before = record.retry_metadata
  record.retry_at = iso(at)
  record.decision = 'retry'
  record.decision_reason = args.reason
  record.retry_metadata = { is_retry = true,
    original_run_id = before and before.original_run_id or record.attempt_id,
    retry_count = (before and before.retry_count or 0) + 1,
    retry_triggered_by = 'policy', retry_triggered_at = iso(now_ms) }
  save_attempt(id, date, record)
  redis.call('ZADD', retries_key(id), at, index)
  set_letter(id, index, 'w')
  return answer({ outcome = 'retrying', retry_at = record.retry_at })
end
record.decision = 'fail'
record.decision_reason = args.reason
if type(args.retry_delay_ms) == 'number' then
  record.decision_reason = '${CANCELLED_REASON}'
end
save_attempt(id, date, record)
free_claim(id, job_id, index)
set_letter(id, index, 'f')
local ended, paused = finish_if_done(id, job_id), nil
local state, stop_after, forgiven = unpack(redis.call('HMGET', backfill_key(id),
  'state', 'stop_after_failures', 'failures_at_resume'))
local failures = count(id, 'f') - (tonumber(forgiven) or 0)
if state == 'running' and tonumber(stop_after) and failures >= tonumber(stop_after) then
  local reason = failures .. (failures == 1 and ' date has' or ' dates have')
    .. ' failed, as many as stop_after_failures allows. Look at them, then resume.'
  paused = { reason = reason, withdrawn = withdraw_queued(id, job_id) }
  set_state(id, 'paused', reason)
  open_problem(id, 'paused', reason)
end
return answer({ outcome = 'failed', reason = record.decision_reason, backfill_ended = ended or cjson.null, paused = paused or cjson.null })
`);
