/** Names one attempt and proves that the caller still holds its BullMQ lock. */
export interface AttemptArguments {
  job_id: string;
  backfill_id: string;
  position_date: string;
  attempt: number;
  /** BullMQ's lock token of this processing of the job. */
  token: string;
}

/** Lua that opens every script of a live attempt: whoever lost the lock or the attempt writes nothing. */
export const OWN_LIVE_ATTEMPT = /* lua */ `
local id, date, job_id = args.backfill_id, args.position_date, args.job_id
local mine = attempt_id(id, date, args.attempt)
if not holds_lock(job_id, mine, args.token) then return answer({ outcome = 'lost' }) end
local index = index_of(id, date)
local record = attempt_of(id, date)
local letter = index and letter_at(id, index)
if (letter ~= 'g' and letter ~= 'r') or record.attempt ~= args.attempt then
  return answer({ outcome = 'lost' })
end
`;
