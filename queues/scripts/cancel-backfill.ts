import { Script } from '../redis/script.ts';

/** What becomes of the runs that live: cancelled at Databricks, or left to end by themselves. */
export type CancelRuns = 'cancel' | 'finish';

interface Arguments {
  id: string;
  runs: CancelRuns;
}

type Answer =
  | { outcome: 'not_found' | 'already_finished' | 'already_cancelled' }
  | {
      outcome: 'cancelling';
      job_id: string;
      state: 'cancelling' | 'cancelled';
      /** False when it was being cancelled already. */
      first: boolean;
      /** BullMQ jobs of the dates that were queued; the caller removes them. */
      withdrawn: string[] | Record<string, never>;
    };

/**
 * Every date that has not passed the start gate ends at once; the backfill is `cancelling` until the last
 * live attempt has ended. A repeat may turn `finish` into `cancel`, never back.
 */
export const cancelBackfill = new Script<Arguments, Answer>(/* lua */ `
local id = args.id
local state, job_id, runs = unpack(redis.call('HMGET', backfill_key(id), 'state', 'job_id', 'cancel_runs'))
if not state then return answer({ outcome = 'not_found' }) end
if state == 'cancelled' then return answer({ outcome = 'already_cancelled' }) end
if state == 'completed' or state == 'completed_with_failures' then
  return answer({ outcome = 'already_finished' })
end
if runs ~= 'cancel' then redis.call('HSET', backfill_key(id), 'cancel_runs', args.runs) end
local withdrawn = {}
if state ~= 'cancelling' then
  withdrawn = withdraw_queued(id, job_id)
  -- Dates that wait for their retry, or for their turn after it, hold their claims as well.
  free_claims_except(id, job_id, 'grd')
  redis.call('DEL', retries_key(id))
  end_withdrawn_rows(id, redis.call('SMEMBERS', withdrawn_key(id)))
  replace_letters(id, 'pw', 'c')
  redis.call('HDEL', backfill_key(id), 'paused_in_planning')
  set_state(id, 'cancelling')
elseif runs ~= 'cancel' and args.runs == 'cancel' then
  to_outbox(id, 'backfill', '')
end
local final = finish_if_done(id, job_id)
pace(job_id)
return answer({ outcome = 'cancelling', job_id = job_id, state = final or 'cancelling',
  first = state ~= 'cancelling', withdrawn = withdrawn })
`);
