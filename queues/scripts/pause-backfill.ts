import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

interface PauseArguments {
  id: string;
  reason: string;
  /** Nobody asked for it, so somebody has to be told. */
  by_itself?: boolean;
}

type PauseAnswer =
  | { outcome: 'not_found' | 'already_finished' | 'already_paused' | 'cancelling' }
  /** BullMQ jobs of the dates that were taken back from the queue; the caller removes them. */
  | { outcome: 'paused'; job_id: string; withdrawn: string[] | Record<string, never> };

/**
 * When this returns, no date of the backfill passes the start gate. Live runs go on, and so does planning:
 * what it settles stays paused.
 */
export const pauseBackfill = new Script<PauseArguments, PauseAnswer>(/* lua */ `
local state, job_id = unpack(redis.call('HMGET', backfill_key(args.id), 'state', 'job_id'))
if not state then return answer({ outcome = 'not_found' }) end
if state == 'paused' then return answer({ outcome = 'already_paused' }) end
if state == 'cancelling' then return answer({ outcome = 'cancelling' }) end
if state ~= 'running' and state ~= 'planning' then return answer({ outcome = 'already_finished' }) end
local withdrawn = withdraw_queued(args.id, job_id)
if state == 'planning' then redis.call('HSET', backfill_key(args.id), 'paused_in_planning', '1') end
set_state(args.id, 'paused', args.reason)
if args.by_itself then open_problem(args.id, 'paused', args.reason) end
return answer({ outcome = 'paused', job_id = job_id, withdrawn = withdrawn })
`);

type ResumeAnswer =
  | { outcome: 'not_found' | 'already_finished' | 'cancelling' | 'not_paused' }
  | { outcome: 'resumed'; job_id: string };

export const resumeBackfill = new Script<{ id: string }, ResumeAnswer>(/* lua */ `
local state, job_id = unpack(redis.call('HMGET', backfill_key(args.id), 'state', 'job_id'))
if not state then return answer({ outcome = 'not_found' }) end
if state == 'running' or state == 'planning' then return answer({ outcome = 'not_paused' }) end
if state == 'cancelling' then return answer({ outcome = 'cancelling' }) end
if state ~= 'paused' then return answer({ outcome = 'already_finished' }) end
-- Failures that a person has seen do not count towards stop_after_failures again.
redis.call('HSET', backfill_key(args.id), 'failures_at_resume', count(args.id, 'f'))
local next_state = in_planning(args.id) and 'planning' or 'running'
redis.call('HDEL', backfill_key(args.id), 'paused_in_planning')
set_state(args.id, next_state)
close_problem(args.id, 'paused')
return answer({ outcome = 'resumed', job_id = job_id })
`);

interface WithdrawArguments extends AttemptArguments {
  reason: string;
}

type WithdrawAnswer =
  | { outcome: 'lost' }
  | { outcome: 'withdrawn'; paused: boolean; withdrawn: string[] | Record<string, never> };

/**
 * run-now was refused for good (job gone, no permission, undeclared parameter): no run exists, the date is
 * pending again with its attempt unspent, and the backfill waits for a person.
 */
export const withdrawStart = new Script<WithdrawArguments, WithdrawAnswer>(/* lua */ `
${OWN_LIVE_ATTEMPT}
withdraw_attempt(id, job_id, index, date, record)
local state = redis.call('HGET', backfill_key(id), 'state')
local withdrawn, paused = {}, false
if state == 'cancelling' then finish_if_done(id, job_id) end
if state == 'running' then
  withdrawn = withdraw_queued(id, job_id)
  set_state(id, 'paused', args.reason)
  open_problem(id, 'paused', args.reason)
  paused = true
end
pace(job_id)
return answer({ outcome = 'withdrawn', paused = paused, withdrawn = withdrawn })
`);
