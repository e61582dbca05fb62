import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

interface RefuseArguments extends AttemptArguments {
  /** Whether a run was made and refused, so that the next try needs a new token. */
  new_submission: boolean;
  /** The submission that was refused. */
  submission: number;
  /** Whether an earlier post of the same token may have made a run whose answer was lost. */
  may_exist: boolean;
  reason: string;
  min_delay_ms: number;
  max_delay_ms: number;
}

/** Small: the time from when the platform takes runs again to the next probe is lost to every slot. */
const PROBE_DELAY_GROWTH = 1.5;

/**
 * The platform would not run this attempt now. It keeps its slot, no attempt is spent, and the gate stays
 * closed to everyone until one date, the first refused, has probed its way in.
 */
export const refuseRun = new Script<RefuseArguments, { outcome: 'refused' | 'lost'; submission: number }>(
  /* lua */ `
${OWN_LIVE_ATTEMPT}
-- Sent again after its answer was lost, it spends no second token.
if args.new_submission and record.submission == args.submission then
  record.submission = record.submission + 1
  record.run_id = nil
  record.run_page_url = nil
end
local probed = record.probing
record.refused = true
record.probing = nil
record.may_exist = args.may_exist or nil
redis.call('SREM', probing_key(job_id), mine)
save_attempt(id, date, record)
set_letter(id, index, 'g')
wait_for_turn(id, job_id, index, mine)
-- Only the first refusal and the failed probes make the delay grow, not those refused beside them.
if probed or redis.call('HEXISTS', target_key(job_id), 'refusal_reason') == 0 then
  local before = tonumber(redis.call('HGET', target_key(job_id), 'probe_delay_ms'))
  local delay = before and math.floor(before * ${PROBE_DELAY_GROWTH}) or args.min_delay_ms
  delay = math.max(math.min(delay, args.max_delay_ms), args.min_delay_ms)
  redis.call('HSET', target_key(job_id), 'probe_delay_ms', delay, 'probe_at', now_ms + delay)
end
redis.call('HSET', target_key(job_id), 'refusal_reason', args.reason)
pace(job_id)
return answer({ outcome = 'refused', submission = record.submission })
`,
);

/** How often a refused date looks whether its turn has come. */
const TURN_LOOK_MS = 250;

/**
 * Whether a refused attempt may try again now; `wait` says when to ask next. That it tries is recorded first:
 * from then on a run may exist that nobody knows of. Without a run it does not start in a backfill that is
 * paused (`withdrawn`: its date is pending again) or being cancelled.
 */
export const askToProbe = new Script<
  AttemptArguments,
  { outcome: 'probe' | 'lost' | 'withdrawn' | 'cancelled' } | { outcome: 'wait'; wait_ms: number }
>(/* lua */ `
${OWN_LIVE_ATTEMPT}
-- The answer of the first time may have been lost; it counts as live since then.
if record.probing then return answer({ outcome = 'probe' }) end
if not record.may_exist then
  local state = redis.call('HGET', backfill_key(id), 'state')
  if state == 'cancelling' then return answer({ outcome = 'cancelled' }) end
  if state == 'paused' then
    withdraw_attempt(id, job_id, index, date, record)
    pace(job_id)
    return answer({ outcome = 'withdrawn' })
  end
end
wait_for_turn(id, job_id, index, mine)
-- Those that wait have no run; of those that probe nobody knows.
local waiting = redis.call('ZCARD', refusals_key(job_id)) - redis.call('SCARD', probing_key(job_id))
local taken = redis.call('SCARD', live_key(job_id)) - waiting
if taken >= limit_of(job_id) then return answer({ outcome = 'wait', wait_ms = 500 }) end
local probe_at = tonumber(redis.call('HGET', target_key(job_id), 'probe_at')) or 0
-- The dates before may go in any moment, and then it is our turn.
local least = first_in_turn(job_id) == mine and 0 or ${TURN_LOOK_MS}
local wait = math.max(least, probe_at - now_ms)
if wait > 0 then return answer({ outcome = 'wait', wait_ms = wait }) end
redis.call('HSET', target_key(job_id), 'probe_at', now_ms)
redis.call('SADD', probing_key(job_id), mine)
record.probing = true
save_attempt(id, date, record)
return answer({ outcome = 'probe' })
`);

/** The platform took the run: the next refused date may try at once, and without one the gate opens. */
export const acceptProbe = new Script<AttemptArguments, { outcome: 'accepted' | 'lost' }>(/* lua */ `
${OWN_LIVE_ATTEMPT}
record.refused = nil
record.probing = nil
record.may_exist = nil
redis.call('SREM', probing_key(job_id), mine)
save_attempt(id, date, record)
set_letter(id, index, 'r')
redis.call('ZREM', refusals_key(job_id), mine)
redis.call('ZREM', asking_key(job_id), mine)
redis.call('HDEL', target_key(job_id), 'probe_delay_ms', 'refusal_reason')
redis.call('HSET', target_key(job_id), 'probe_at', now_ms)
pace(job_id)
return answer({ outcome = 'accepted' })
`);
