import { CLAIMS } from './claims.ts';

/** A refused date that has not asked for its turn for so long is passed over: its worker may be dead. */
const TURN_PATIENCE_MS = 2_000;

/**
 * What every script shares: names of keys, the letters of a plan, and the few ways in which a date may
 * change. `KEYS[1]` is the prefix, `ARGV[1]` a JSON object. Time is Redis' own, so that the clocks of
 * workers do not matter.
 *
 * Letters (see queues/plan/date-letter.ts): p pending, d being decided, w waiting for its retry,
 * q queued, g through the start gate, r running; s f c and n x a o u are terminal.
 */
export const PRELUDE = /* lua */ `
local prefix = KEYS[1]
local args = cjson.decode(ARGV[1])

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local function iso(ms)
  local days = math.floor(ms / 86400000)
  local rest = ms - days * 86400000
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local s = math.floor(rest / 1000)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day,
    math.floor(s / 3600), math.floor(s / 60) % 60, s % 60, rest % 1000)
end

local function key(...) return table.concat({ prefix, ... }, ':') end
local function backfill_key(id) return key('backfill', id) end
local function letters_key(id) return key('backfill', id, 'letters') end
local function dates_key(id) return key('backfill', id, 'dates') end
local function ends_key(id) return key('backfill', id, 'ends') end
local function counts_key(id) return key('backfill', id, 'counts') end
local function attempts_key(id) return key('backfill', id, 'attempts') end
local function answered_key(attempt) return key('answered', attempt) end
local function links_key(id) return key('backfill', id, 'links') end
local function retries_key(id) return key('backfill', id, 'retries') end
local function withdrawn_key(id) return key('backfill', id, 'withdrawn') end
local function changes_key(id) return key('backfill', id, 'changes') end
local function target_key(job_id) return key('target', job_id) end
local function open_key(job_id) return key('target', job_id, 'open') end
local function claims_key(job_id) return key('target', job_id, 'claims') end
local function live_key(job_id) return key('target', job_id, 'live') end
local function refusals_key(job_id) return key('target', job_id, 'refusals') end
local function asking_key(job_id) return key('target', job_id, 'asking') end
local function probing_key(job_id) return key('target', job_id, 'probing') end
local function successes_key(job_id) return key('target', job_id, 'successes') end
local function queue_key(job_id, part) return key('dates-' .. job_id, part) end

local function attempt_id(id, date, attempt) return id .. '_' .. date .. '_' .. attempt end

-- BullMQ's own lock of the date's job: whoever does not hold it has lost the date and must not write.
local function holds_lock(job_id, attempt, token)
  return redis.call('GET', queue_key(job_id, attempt) .. ':lock') == token
end

local function date_at(id, index)
  local d = redis.call('GETRANGE', dates_key(id), index * 8, index * 8 + 7)
  return string.sub(d, 1, 4) .. '-' .. string.sub(d, 5, 6) .. '-' .. string.sub(d, 7, 8)
end

${CLAIMS}

-- Dates are sorted, ascending or descending, so that a date is found in a few steps.
local function index_of(id, date)
  local wanted = string.gsub(date, '-', '')
  local descending = redis.call('HGET', backfill_key(id), 'order') == 'desc'
  local low, high = 0, redis.call('STRLEN', letters_key(id)) - 1
  while low <= high do
    local middle = math.floor((low + high) / 2)
    local found = redis.call('GETRANGE', dates_key(id), middle * 8, middle * 8 + 7)
    if found == wanted then return middle end
    if (found < wanted) ~= descending then low = middle + 1 else high = middle - 1 end
  end
  return nil
end

local function letter_at(id, index) return redis.call('GETRANGE', letters_key(id), index, index) end

local function count(id, letters)
  local total = 0
  for letter in string.gmatch(letters, '.') do
    total = total + (tonumber(redis.call('HGET', counts_key(id), letter)) or 0)
  end
  return total
end

-- The entry's id doubles as the id of the server-sent event.
local function note_change(id, field, value)
  redis.call('XADD', changes_key(id), 'MAXLEN', '~', 20000, '*', field, value)
  redis.call('PUBLISH', key('changed'), id)
end

local function set_letter(id, index, letter)
  local before = letter_at(id, index)
  if before == letter then return end
  redis.call('SETRANGE', letters_key(id), index, letter)
  redis.call('HINCRBY', counts_key(id), before, -1)
  redis.call('HINCRBY', counts_key(id), letter, 1)
  note_change(id, 'index', index)
end

-- Turns every occurrence of some letters into another at once, for plans of thousands of dates.
local function replace_letters(id, from, to)
  local letters, changed = redis.call('GET', letters_key(id)), 0
  for letter in string.gmatch(from, '.') do
    local n
    letters, n = string.gsub(letters, letter, to)
    if n > 0 then redis.call('HINCRBY', counts_key(id), letter, -n) end
    changed = changed + n
  end
  if changed == 0 then return end
  redis.call('SET', letters_key(id), letters)
  redis.call('HINCRBY', counts_key(id), to, changed)
  note_change(id, 'dates', 'many')
end

local function attempt_of(id, date)
  local json = redis.call('HGET', attempts_key(id), date)
  return json and cjson.decode(json) or nil
end

local function save_attempt(id, date, record)
  redis.call('HSET', attempts_key(id), date, cjson.encode(record))
end

-- Link of the first attempt of a date to the failure that it retries.
local function first_link(id, date)
  local json = redis.call('HGET', links_key(id), date)
  return json and cjson.decode(json) or nil
end

-- Number of the attempt that a queued date is queued for.
local function queued_attempt(record)
  if not record then return 1 end
  return record.finished_at and record.attempt + 1 or record.attempt
end

local function to_outbox(id, kind, body)
  redis.call('XADD', key('outbox'), '*', 'kind', kind, 'backfill_id', id, 'body', body)
  redis.call('HINCRBY', backfill_key(id), 'log_pending', 1)
  if kind == 'backfill' then redis.call('HINCRBY', backfill_key(id), 'row_pending', 1) end
end

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

-- An attempt that was refused and then withdrawn has a STARTED row. The date may start it again; if it
-- never will, the row ends here.
local function end_withdrawn_rows(id, dates)
  local attempts = {}
  for _, date in ipairs(dates) do
    if redis.call('SREM', withdrawn_key(id), date) == 1 then
      local record = attempt_of(id, date)
      table.insert(attempts, { position_date = date, record = record })
      tell_run_ended(id, date, record, 'cancelled')
    end
  end
  if #attempts == 0 then return end
  to_outbox(id, 'cancelled', cjson.encode({ at = iso(now_ms), attempts = attempts }))
end

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

local function answer(value) return cjson.encode(value) end
`;
