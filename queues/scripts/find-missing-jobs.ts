import { Script } from '../redis/script.ts';
import type { FedDate } from './feed-target.ts';

interface Arguments {
  job_id: string;
}

interface Answer {
  /** Dates whose BullMQ job is gone, or finished although the date is not. */
  missing: FedDate[] | Record<string, never>;
  /** Failed attempts that still wait for the retry worker. */
  undecided: FedDate[] | Record<string, never>;
  /** Backfills that are still being planned. */
  planning: string[] | Record<string, never>;
}

/** What the repair must add again: the plan is the truth, BullMQ jobs are its means. */
export const findMissingJobs = new Script<Arguments, Answer>(/* lua */ `
local job_id = args.job_id
local missing, undecided, planning = {}, {}, {}
for _, id in ipairs(redis.call('ZRANGE', open_key(job_id), 0, -1)) do
  local priority = redis.call('HGET', backfill_key(id), 'priority')
  if in_planning(id) then table.insert(planning, id) end
  if count(id, 'qgrd') > 0 then
    local letters = redis.call('GET', letters_key(id))
    local at = string.find(letters, '[qgrd]')
    while at do
      local letter = string.sub(letters, at, at)
      local date = date_at(id, at - 1)
      local record = attempt_of(id, date)
      local number = letter == 'q' and queued_attempt(record) or record.attempt
      local entry = { backfill_id = id, position_date = date, attempt = number,
        attempt_id = attempt_id(id, date, number), priority = tonumber(priority) }
      if letter == 'd' then
        table.insert(undecided, entry)
      else
        local job = queue_key(job_id, entry.attempt_id)
        local finished = redis.call('HGET', job, 'finishedOn')
        if finished or redis.call('EXISTS', job) == 0 then
          -- A date past the gate goes to the head of the queue: its run is live and unwatched.
          if letter ~= 'q' then entry.priority = 0 end
          table.insert(missing, entry)
        end
      end
      at = string.find(letters, '[qgrd]', at + 1)
    end
  end
end
pace(job_id)
return answer({ missing = missing, undecided = undecided, planning = planning })
`);
