/**
 * Lua for the days of a date and the claims on them, part of the prelude. A claim is the right to run one
 * day of a target job; a window holds the claims of all its days or none.
 */
export const CLAIMS = /* lua */ `
local function date_at(id, index)
  local d = redis.call('GETRANGE', dates_key(id), index * 8, index * 8 + 7)
  return string.sub(d, 1, 4) .. '-' .. string.sub(d, 5, 6) .. '-' .. string.sub(d, 7, 8)
end

-- Last day of a window; nil where the date is a single day.
local function window_end(id, index)
  local d = redis.call('GETRANGE', ends_key(id), index * 8, index * 8 + 7)
  if d == '' then return nil end
  return string.sub(d, 1, 4) .. '-' .. string.sub(d, 5, 6) .. '-' .. string.sub(d, 7, 8)
end

-- The inverse of what iso does with days.
local function epoch_day(date)
  local year, month, day = tonumber(string.sub(date, 1, 4)), tonumber(string.sub(date, 6, 7)), tonumber(string.sub(date, 9))
  if month <= 2 then year = year - 1 end
  local era = math.floor(year / 400)
  local yoe = year - era * 400
  local doy = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5) + day - 1
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end

-- Every day of a date of the plan: one, or those of its window.
local function days_at(id, index)
  local first, last = date_at(id, index), window_end(id, index)
  if not last or last == first then return { first } end
  local days = {}
  for day = epoch_day(first), epoch_day(last) do table.insert(days, string.sub(iso(day * 86400000), 1, 10)) end
  return days
end

-- A window is claimed with every day of it, so that two that overlap never run at once.
local function may_claim(id, job_id, index)
  for _, holder in ipairs(redis.call('HMGET', claims_key(job_id), unpack(days_at(id, index)))) do
    if holder and holder ~= id then return false end
  end
  return true
end

local function claim(id, job_id, index)
  for _, day in ipairs(days_at(id, index)) do redis.call('HSET', claims_key(job_id), day, id) end
end

-- Frees every day that the backfill holds, but for those of dates with one of these letters.
local function free_claims_except(id, job_id, letters)
  local kept, text = {}, redis.call('GET', letters_key(id))
  local at = string.find(text, '[' .. letters .. ']')
  while at do
    for _, day in ipairs(days_at(id, at - 1)) do kept[day] = true end
    at = string.find(text, '[' .. letters .. ']', at + 1)
  end
  local claims = redis.call('HGETALL', claims_key(job_id))
  for i = 1, #claims, 2 do
    local day, holder = claims[i], claims[i + 1]
    if holder == id and not kept[day] then redis.call('HDEL', claims_key(job_id), day) end
  end
end

local function free_claim(id, job_id, index)
  for _, day in ipairs(days_at(id, index)) do
    if redis.call('HGET', claims_key(job_id), day) == id then redis.call('HDEL', claims_key(job_id), day) end
  end
end
`;
