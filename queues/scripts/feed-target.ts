import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  /** Dates kept queued beyond the limit, so that a freed slot never waits for us. */
  look_ahead: number;
}

export interface FedDate {
  backfill_id: string;
  position_date: string;
  attempt: number;
  attempt_id: string;
  priority: number;
}

/** Lua encodes an empty list as an object. */
interface Answer {
  fed: FedDate[] | Record<string, never>;
  next_retry_ms: number | null;
}

/**
 * Moves the first pending dates whose claim is free into the queue, backfill by backfill in order of
 * priority and age, until the limit and a small look-ahead are filled. The caller adds the BullMQ jobs;
 * if it dies before, the repair finds them missing and adds them.
 */
export const feedTarget = new Script<Arguments, Answer>(/* lua */ `
local job_id = args.job_id
local limit = limit_of(job_id)
local fed, next_retry = {}, nil
local cap = limit + args.look_ahead
local ahead = 0

local function promote_due_retries(id)
  local due = redis.call('ZRANGEBYSCORE', retries_key(id), '-inf', now_ms)
  for _, index in ipairs(due) do
    redis.call('ZREM', retries_key(id), index)
    if letter_at(id, tonumber(index)) == 'w' then set_letter(id, tonumber(index), 'p') end
  end
  local first = redis.call('ZRANGE', retries_key(id), 0, 0, 'WITHSCORES')
  if first[2] then
    local wait = tonumber(first[2]) - now_ms
    if not next_retry or wait < next_retry then next_retry = wait end
  end
end

-- The success of another backfill for a day, while ours was there already; nil if there is none.
local function success_elsewhere(id, day, created_at)
  local success = redis.call('HGET', successes_key(job_id), day)
  if not success then return nil end
  success = cjson.decode(success)
  if success.backfill_id == id or success.recorded_at < created_at then return nil end
  return success
end

-- The other backfills that held this claim may have done our work. Of a window they must have done every
-- day, but for those that are skipped here too.
local function adopt(id, index, date, reprocess, created_at)
  if reprocess == 'all' then return false end
  local success = success_elsewhere(id, date, created_at)
  if not success then return false end
  for _, day in ipairs(days_at(id, index)) do
    local skipped = day ~= date and index_of(id, day)
    if not skipped and not success_elsewhere(id, day, created_at) then return false end
  end
  -- A recovered date may have a run of its own, whose row in the log still waits for its end.
  local mine = attempt_of(id, date)
  if mine and mine.run_id and not mine.finished_at then return false end
  end_withdrawn_rows(id, { date })
  free_claim(id, job_id, index)
  success.adopted_from = success.backfill_id
  success.backfill_id = nil
  success.attempt = 0
  success.recorded_at = nil
  save_attempt(id, date, success)
  set_letter(id, index, 's')
  return true
end

for _, id in ipairs(redis.call('ZRANGE', open_key(job_id), 0, -1)) do
  if ahead >= cap then break end
  local state, max_active, priority, reprocess, created_at = unpack(redis.call('HMGET', backfill_key(id),
    'state', 'max_active_runs', 'priority', 'reprocess', 'created_at'))
  if state == 'running' then
    promote_due_retries(id)
    local in_flight = count(id, 'qgr')
    local window = tonumber(max_active) or cap
    if limit > 0 and in_flight < window and count(id, 'p') > 0 then
      local letters = redis.call('GET', letters_key(id))
      local at = string.find(letters, 'p', 1, true)
      while at and in_flight < window and ahead + in_flight < cap do
        local date = date_at(id, at - 1)
        if may_claim(id, job_id, at - 1) and not adopt(id, at - 1, date, reprocess, created_at) then
          claim(id, job_id, at - 1)
          set_letter(id, at - 1, 'q')
          local number = queued_attempt(attempt_of(id, date))
          table.insert(fed, { backfill_id = id, position_date = date, attempt = number,
            attempt_id = attempt_id(id, date, number), priority = tonumber(priority) })
          in_flight = in_flight + 1
        end
        at = string.find(letters, 'p', at + 1, true)
      end
      finish_if_done(id, job_id)
    end
    ahead = ahead + in_flight
  end
end
return answer({ fed = fed, next_retry_ms = next_retry or cjson.null })
`);
