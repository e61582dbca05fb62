/** A refused date that has not asked for its turn for so long is passed over: its worker may be dead. */
const TURN_PATIENCE_MS = 2_000;

/** Lua for how many runs of a target job may start, and whose turn it is, part of the prelude. */
export const START_GATE = /* lua */ `
local function limit_of(job_id)
  local max, headroom = unpack(redis.call('HMGET', target_key(job_id), 'max_concurrent_runs', 'headroom'))
  return math.max(0, (tonumber(max) or 0) - (tonumber(headroom) or 0))
end

-- The refused date whose turn it is: the first of those that still ask for it.
local function first_in_turn(job_id)
  for _, attempt in ipairs(redis.call('ZRANGE', refusals_key(job_id), 0, -1)) do
    local asked = tonumber(redis.call('ZSCORE', asking_key(job_id), attempt))
    if asked and asked + ${TURN_PATIENCE_MS} > now_ms then return attempt end
  end
  return nil
end

-- 'open'; 'closed' while refused dates wait for their turn to probe; 'ajar' when the last probe was refused
-- and nobody is left to probe: then one new date may.
local function start_gate(job_id)
  if redis.call('ZCARD', refusals_key(job_id)) == 0 then return 'open' end
  if first_in_turn(job_id) then return 'closed' end
  local reason, probe_at = unpack(redis.call('HMGET', target_key(job_id), 'refusal_reason', 'probe_at'))
  if not reason then return 'open' end
  return now_ms < (tonumber(probe_at) or 0) and 'closed' or 'ajar'
end

-- BullMQ starts no job while as many are active as this number. It follows the limit, but never falls
-- below the live attempts: they must all have a worker that watches them. While the gate is closed it
-- equals them, so that nothing new is picked up.
local function pace(job_id)
  local live = redis.call('SCARD', live_key(job_id))
  local gate = start_gate(job_id)
  local concurrency = math.max(limit_of(job_id), live)
  if gate ~= 'open' then concurrency = math.min(concurrency, gate == 'ajar' and live + 1 or live) end
  local meta = queue_key(job_id, 'meta')
  local before = tonumber(redis.call('HGET', meta, 'concurrency'))
  if before ~= concurrency then redis.call('HSET', meta, 'concurrency', concurrency) end
  if before and concurrency > before then redis.call('ZADD', queue_key(job_id, 'marker'), 0, '0') end
end
`;
