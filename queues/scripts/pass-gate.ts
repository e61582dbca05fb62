import type { AttemptRecord } from '../plan/attempt-record.ts';
import { Script } from '../redis/script.ts';
import type { AttemptArguments } from './attempt-arguments.ts';

/**
 * - `started`: the gate let this attempt through; `reattached`: it was through before, go on where it stood.
 * - `full`: the limit is reached or runs are being refused; the job goes back to wait.
 * - `withdrawn`: the backfill does not run or the claim is not ours; the date is pending again.
 * - `undecided`: the attempt failed and its `failed-dates` job may be missing.
 * - `over`: nothing is left to do. `lost`: another worker has this date now.
 */
export type GateAnswer =
  | { outcome: 'started' | 'reattached' | 'undecided'; record: AttemptRecord }
  | { outcome: 'full' | 'withdrawn' | 'over' | 'lost' };

/** The start gate: one atomic step decides whether an attempt may start its run. */
export const passGate = new Script<AttemptArguments, GateAnswer>(/* lua */ `
local id, date, job_id = args.backfill_id, args.position_date, args.job_id
local mine = attempt_id(id, date, args.attempt)
if not holds_lock(job_id, mine, args.token) then return answer({ outcome = 'lost' }) end
local index = index_of(id, date)
if not index then return answer({ outcome = 'over' }) end
local letter, record = letter_at(id, index), attempt_of(id, date)

if letter == 'q' then
  -- BullMQ may bring the job of an attempt that has ended once more; the date is queued for the next one.
  if queued_attempt(record) ~= args.attempt then return answer({ outcome = 'over' }) end
  local ours = redis.call('HGET', claims_key(job_id), date) == id
  if not ours or redis.call('HGET', backfill_key(id), 'state') ~= 'running' then
    set_letter(id, index, 'p')
    free_claim(id, job_id, index)
    return answer({ outcome = 'withdrawn' })
  end
  local live, gate = redis.call('SCARD', live_key(job_id)), start_gate(job_id)
  if live >= limit_of(job_id) or gate == 'closed' then
    pace(job_id)
    return answer({ outcome = 'full' })
  end
  if not record or record.attempt ~= args.attempt then
    local metadata = record and record.retry_metadata or first_link(id, date)
    record = { attempt = args.attempt, attempt_id = mine, submission = 1, retry_metadata = metadata }
  end
  record.started_at = iso(now_ms)
  record.position_end_date = window_end(id, index)
  if gate == 'ajar' then
    wait_for_turn(id, job_id, index, mine)
    redis.call('HSET', target_key(job_id), 'probe_at', now_ms)
    redis.call('SADD', probing_key(job_id), mine)
    record.refused = true
    record.probing = true
  end
  save_attempt(id, date, record)
  redis.call('SREM', withdrawn_key(id), date)
  redis.call('SADD', live_key(job_id), mine)
  set_letter(id, index, 'g')
  if gate == 'ajar' then pace(job_id) end
  return answer({ outcome = 'started', record = record })
end

local same = record and record.attempt == args.attempt
if same and (letter == 'g' or letter == 'r') then return answer({ outcome = 'reattached', record = record }) end
if same and letter == 'd' then return answer({ outcome = 'undecided', record = record }) end
return answer({ outcome = letter == 'p' and 'withdrawn' or 'over' })
`);
