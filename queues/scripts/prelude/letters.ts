/**
 * Lua for the letters of a plan and their counts, part of the prelude.
 *
 * Letters (see queues/plan/date-letter.ts): p pending, d being decided, w waiting for its retry,
 * q queued, g through the start gate, r running; s f c and n x a o u are terminal.
 */
export const LETTERS = /* lua */ `
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
`;
