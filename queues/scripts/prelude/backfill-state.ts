/** Lua for the state of a backfill and its end, part of the prelude. */
export const BACKFILL_STATE = /* lua */ `
local function set_state(id, state, reason)
  redis.call('HSET', backfill_key(id), 'state', state, 'state_reason', reason or '')
  to_outbox(id, 'backfill', '')
  note_change(id, 'state', state)
end

-- Whether the log has still to be asked which dates are done; a pause does not end that.
local function in_planning(id)
  local state, paused = unpack(redis.call('HMGET', backfill_key(id), 'state', 'paused_in_planning'))
  return state == 'planning' or (state == 'paused' and paused == '1')
end

-- A backfill ends only when every date of its plan is terminal.
local function finish_if_done(id, job_id)
  local state = redis.call('HGET', backfill_key(id), 'state')
  if state ~= 'running' and state ~= 'paused' and state ~= 'cancelling' then return nil end
  if count(id, 'pdwqgr') > 0 then return nil end
  local final = 'completed'
  if state == 'cancelling' then final = 'cancelled'
  elseif count(id, 'fc') > 0 then final = 'completed_with_failures' end
  redis.call('HSET', backfill_key(id), 'finished_at', iso(now_ms))
  redis.call('ZREM', open_key(job_id), id)
  redis.call('PEXPIRE', changes_key(id), 3600000)
  if redis.call('ZCARD', open_key(job_id)) == 0 then redis.call('DEL', successes_key(job_id)) end
  set_state(id, final)
  local problems = {}
  for _, problem in ipairs({ 'paused', 'stalled', 'failing' }) do
    local since = redis.call('HGET', backfill_key(id), 'problem_' .. problem)
    if since then table.insert(problems, { problem = problem, since = since }) end
    redis.call('HDEL', backfill_key(id), 'problem_' .. problem)
  end
  to_signals(id, 'ended', { state = final, problems = problems })
  return final
end
`;
