/** Lua for what alerts and lineage shall be told (see queues/signals/signal.ts), part of the prelude. */
export const SIGNALS = /* lua */ `
-- What others shall be told is written with the change itself and passed on later, so that a crash loses none.
local function to_signals(id, kind, body)
  body.at = iso(now_ms)
  redis.call('XADD', key('signals'), '*', 'kind', kind, 'backfill_id', id, 'body', cjson.encode(body))
end

-- A problem lasts from the step that finds it to the step that ends it; each is told once.
local function open_problem(id, problem, reason)
  local since = iso(now_ms)
  if redis.call('HSETNX', backfill_key(id), 'problem_' .. problem, since) == 0 then return end
  to_signals(id, 'problem', { problem = problem, since = since, reason = reason })
end

local function close_problem(id, problem)
  local since = redis.call('HGET', backfill_key(id), 'problem_' .. problem)
  if not since then return end
  redis.call('HDEL', backfill_key(id), 'problem_' .. problem)
  to_signals(id, 'recovered', { problem = problem, since = since })
end

local function wants_lineage(id) return redis.call('HGET', backfill_key(id), 'lineage') == '1' end

-- For lineage: each attempt that ever had a run starts once and ends once.
local function tell_run_started(id, date, record)
  if record.told_start or not wants_lineage(id) then return end
  record.told_start = true
  to_signals(id, 'run_started', { position_date = date, position_end_date = record.position_end_date,
    attempt_id = record.attempt_id })
end

local function tell_run_ended(id, date, record, result)
  if not record.told_start then return end
  to_signals(id, 'run_ended', { position_date = date, position_end_date = record.position_end_date,
    attempt_id = record.attempt_id, result = result, error_message = record.error_message })
end
`;
