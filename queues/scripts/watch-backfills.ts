import { Script } from '../redis/script.ts';

interface Arguments {
  job_id: string;
  /** So long without progress, although slots are free, is a stall. */
  stall_after_ms: number;
  /** From this share of failures on a backfill is failing; 0 to 1. */
  failure_ratio: number;
  /** A share of fewer dates that have run says nothing. */
  least_finished: number;
}

/** Ends a `failing` only well below the ratio, so that one date more or less does not tell it again. */
const RECOVERED_SHARE = 0.5;
/** A plan whose first so many pending dates all wait for others counts as waiting. */
const MAX_CLAIMS_LOOKED_AT = 200;

/**
 * Finds the backfills of a job that are stuck or fail too much, and those that are so no longer. What counts
 * as progress: planning that ends, runs that start or end, decisions on failures.
 */
export const watchBackfills = new Script<Arguments, Record<string, never>>(/* lua */ `
local job_id = args.job_id
local limit = limit_of(job_id)
local taken = redis.call('SCARD', live_key(job_id)) - redis.call('ZCARD', refusals_key(job_id))

-- A date that would run if anybody let it: not one that another backfill holds, nor one that waits for its retry.
local function has_startable(id)
  if count(id, 'qgd') > 0 then return true end
  if count(id, 'p') == 0 then return false end
  local letters = redis.call('GET', letters_key(id))
  local at, looked = string.find(letters, 'p', 1, true), 0
  while at and looked < ${MAX_CLAIMS_LOOKED_AT} do
    if may_claim(id, job_id, at - 1) then return true end
    at, looked = string.find(letters, 'p', at + 1, true), looked + 1
  end
  return false
end

local function is_waiting_for_us(id, state, max_active)
  if state == 'planning' then return true end
  if state ~= 'running' then return false end
  if taken > 0 and taken >= limit then return false end
  if tonumber(max_active) and count(id, 'r') >= tonumber(max_active) then return false end
  return has_startable(id)
end

local function stall_reason(id, state, reason, still_ms)
  local refusal = redis.call('HGET', target_key(job_id), 'refusal_reason')
  local why = reason ~= '' and reason
    or state == 'planning' and 'The log has not been read yet.'
    or limit == 0 and 'max_concurrent_runs of the job less the headroom is 0.'
    or refusal and 'Databricks takes no run: ' .. refusal
    or 'Slots are free; look whether workers run and what they log.'
  return 'No progress for ' .. math.floor(still_ms / 1000) .. ' s. ' .. why
end

local function look_for_stall(id)
  local state, reason, max_active, mark, since = unpack(redis.call('HMGET', backfill_key(id),
    'state', 'state_reason', 'max_active_runs', 'progress_mark', 'progress_at'))
  local parts = { state }
  for letter in string.gmatch('rdwsfc', '.') do table.insert(parts, count(id, letter)) end
  local now_mark = table.concat(parts, ' ')
  if now_mark ~= mark then
    redis.call('HSET', backfill_key(id), 'progress_mark', now_mark, 'progress_at', now_ms)
    close_problem(id, 'stalled')
    return
  end
  local still_ms = now_ms - (tonumber(since) or now_ms)
  if still_ms >= args.stall_after_ms and is_waiting_for_us(id, state, max_active) then
    open_problem(id, 'stalled', stall_reason(id, state, reason or '', still_ms))
  end
end

local function look_for_failures(id)
  local failed, finished = count(id, 'f'), count(id, 'sf')
  if finished < args.least_finished then return end
  local share = failed / finished
  if share >= args.failure_ratio then
    open_problem(id, 'failing', failed .. ' of ' .. finished .. ' dates that have run have failed.')
  elseif share < args.failure_ratio * ${RECOVERED_SHARE} then
    close_problem(id, 'failing')
  end
end

local open = redis.call('ZRANGE', open_key(job_id), 0, -1)
for _, id in ipairs(open) do
  look_for_stall(id)
  look_for_failures(id)
end
return answer({})
`);
