/** Lua for the BullMQ job of an attempt, part of the prelude: it has the attempt's id. */
export const DATE_JOB = /* lua */ `
local function attempt_id(id, date, attempt) return id .. '_' .. date .. '_' .. attempt end

-- BullMQ's own lock of the date's job: whoever does not hold it has lost the date and must not write.
local function holds_lock(job_id, attempt, token)
  return redis.call('GET', queue_key(job_id, attempt) .. ':lock') == token
end
`;
