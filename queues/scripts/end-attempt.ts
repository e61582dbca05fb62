import type { FailureCause } from '../plan/failure-cause.ts';
import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

interface Arguments extends AttemptArguments {
  result: 'succeeded' | 'failed' | 'cancelled';
  failure_class: string | null;
  error_message: string | null;
  cause: FailureCause | null;
  run_page_url: string | null;
  run_duration_ms: number | null;
  finished_at: string;
  /** Outbox body of the terminal row, or null for an attempt that was cancelled before any run. */
  row: string | null;
}

type Answer =
  | { outcome: 'lost' }
  | {
      outcome: 'ended';
      /** State of the backfill if this was its last date. */
      backfill_ended: string | null;
    };

/** Ends an attempt: plan, slot, claim and log row in one step. A failed one then waits to be decided on. */
export const endAttempt = new Script<Arguments, Answer>(/* lua */ `
${OWN_LIVE_ATTEMPT}
record.finished_at = args.finished_at
record.result = args.result
record.refused = nil
if type(args.failure_class) == 'string' then record.failure_class = args.failure_class end
if type(args.error_message) == 'string' then record.error_message = args.error_message end
if type(args.cause) == 'table' then record.cause = args.cause end
if type(args.run_page_url) == 'string' then record.run_page_url = args.run_page_url end
save_attempt(id, date, record)
if type(args.row) == 'string' then to_outbox(id, 'attempt', args.row) end
tell_run_ended(id, date, record, args.result)
release_slot(job_id, mine)

local ended = nil
if args.result == 'failed' then
  set_letter(id, index, 'd')
else
  free_claim(id, job_id, index)
  if args.result == 'succeeded' then
    -- Only needed while a second backfill may be waiting for the same date.
    if redis.call('ZCARD', open_key(job_id)) > 1 then
      local success = cjson.encode({ backfill_id = id, attempt_id = mine,
        run_id = record.run_id, run_page_url = record.run_page_url, started_at = record.started_at,
        finished_at = record.finished_at, result = 'succeeded', recorded_at = iso(now_ms) })
      for _, day in ipairs(days_at(id, index)) do redis.call('HSET', successes_key(job_id), day, success) end
    end
    if type(args.run_duration_ms) == 'number' then
      local before = tonumber(redis.call('HGET', target_key(job_id), 'typical_run_ms'))
      local typical = before and before * 0.8 + args.run_duration_ms * 0.2 or args.run_duration_ms
      redis.call('HSET', target_key(job_id), 'typical_run_ms', math.floor(typical))
    end
    set_letter(id, index, 's')
  else
    set_letter(id, index, 'c')
  end
  ended = finish_if_done(id, job_id)
end
pace(job_id)
return answer({ outcome = 'ended', backfill_ended = ended or cjson.null })
`);
