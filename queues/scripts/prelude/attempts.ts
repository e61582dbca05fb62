/** Lua for the latest attempt of each date (see queues/plan/attempt-record.ts), part of the prelude. */
export const ATTEMPTS = /* lua */ `
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
`;
