/** Lua for keeping a slot without a run, and for leaving slot or queue, part of the prelude. */
export const SLOTS = /* lua */ `
-- The attempt waits for its turn, in the order of its backfill's priority and of its date.
local function wait_for_turn(id, job_id, index, attempt)
  if not redis.call('ZSCORE', refusals_key(job_id), attempt) then
    local priority = tonumber(redis.call('HGET', backfill_key(id), 'priority'))
    redis.call('ZADD', refusals_key(job_id), priority * 100000 + index, attempt)
  end
  redis.call('ZADD', asking_key(job_id), now_ms, attempt)
end

local function release_slot(job_id, attempt)
  redis.call('SREM', live_key(job_id), attempt)
  redis.call('ZREM', refusals_key(job_id), attempt)
  redis.call('ZREM', asking_key(job_id), attempt)
  redis.call('SREM', probing_key(job_id), attempt)
  if redis.call('ZCARD', refusals_key(job_id)) == 0 then
    redis.call('HDEL', target_key(job_id), 'probe_at', 'probe_delay_ms', 'refusal_reason')
  end
end

-- Takes an attempt without a run back from the gate: its date is pending again, its number unspent.
local function withdraw_attempt(id, job_id, index, date, record)
  release_slot(job_id, record.attempt_id)
  free_claim(id, job_id, index)
  local cancelling = redis.call('HGET', backfill_key(id), 'state') == 'cancelling'
  set_letter(id, index, cancelling and 'c' or 'p')
  if record.submission > 1 then redis.call('SADD', withdrawn_key(id), date) end
  if cancelling then end_withdrawn_rows(id, { date }) end
end

-- Takes the dates that wait in the queue back into the plan; answers the ids of the jobs to remove.
local function withdraw_queued(id, job_id)
  local withdrawn = {}
  local letters = redis.call('GET', letters_key(id))
  local at = string.find(letters, 'q', 1, true)
  while at do
    local date = date_at(id, at - 1)
    local record = attempt_of(id, date)
    set_letter(id, at - 1, 'p')
    free_claim(id, job_id, at - 1)
    table.insert(withdrawn, attempt_id(id, date, queued_attempt(record)))
    at = string.find(letters, 'q', at + 1, true)
  end
  return withdrawn
end
`;
