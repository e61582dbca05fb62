import type { BackfillState } from '../../src/tables/backfill-row.ts';
import { Script } from '../redis/script.ts';

/** A date whose run is known, and its place in the plan. */
export interface AttachedDate {
  index: number;
  position_date: string;
  attempt_id: string;
}

interface Arguments {
  id: string;
  job_id: string;
  /** Fields of the backfill's hash, all text. */
  fields: Record<string, string>;
  created_ms: number;
  dates: string;
  letters: string;
  /** As `dates`, or empty where every date is one day. */
  ends: string;
  counts: Record<string, number>;
  /** Date -> attempt record as JSON. */
  attempts: Record<string, string>;
  /** Date -> link of its first attempt, as JSON. */
  links: Record<string, string>;
  attached: AttachedDate[];
  state: BackfillState;
  reason: string;
  priority: number;
  max_concurrent_runs: number;
  headroom: number;
  /** Outbox body of the dates whose row in the log was lost with the outbox, or null for none. */
  skipped: string | null;
}

type Answer =
  | { outcome: 'present' }
  | {
      outcome: 'restored';
      /** Dates that another backfill has claimed in the meantime; they wait for it. */
      contested: string[] | Record<string, never>;
    };

/**
 * Puts a backfill back that Redis has lost, in one step and at most once: a backfill that is there is left
 * as it is. Attached dates hold their claim and count against the limit from this step on; the repair adds
 * their jobs, and the worker that gets one goes on with the run that it has.
 */
export const restoreBackfill = new Script<Arguments, Answer>(/* lua */ `
local id, job_id = args.id, args.job_id
if redis.call('EXISTS', backfill_key(id)) == 1 then return answer({ outcome = 'present' }) end

for field, value in pairs(args.fields) do redis.call('HSET', backfill_key(id), field, value) end
redis.call('SET', dates_key(id), args.dates)
redis.call('SET', letters_key(id), args.letters)
if args.ends ~= '' then redis.call('SET', ends_key(id), args.ends) end
for letter, n in pairs(args.counts) do redis.call('HSET', counts_key(id), letter, n) end
for date, record in pairs(args.attempts) do redis.call('HSET', attempts_key(id), date, record) end
for date, link in pairs(args.links) do redis.call('HSET', links_key(id), date, link) end
redis.call('ZADD', key('backfills'), args.created_ms, id)
redis.call('ZADD', open_key(job_id), args.priority, id)
redis.call('HSET', target_key(job_id), 'job_name', args.fields.job,
  'max_concurrent_runs', args.max_concurrent_runs, 'headroom', args.headroom)
redis.call('SADD', key('targets'), job_id)

local contested = {}
for _, date in ipairs(args.attached) do
  if may_claim(id, job_id, date.index) then
    claim(id, job_id, date.index)
    redis.call('SADD', live_key(job_id), date.attempt_id)
  else
    -- It keeps its run: once the claim is free, the date goes on with it.
    set_letter(id, date.index, args.state == 'cancelling' and 'c' or 'p')
    redis.call('SADD', withdrawn_key(id), date.position_date)
    if args.state == 'cancelling' then end_withdrawn_rows(id, { date.position_date }) end
    table.insert(contested, date.position_date)
  end
end
pace(job_id)

-- Failures that were there before do not count towards stop_after_failures again.
redis.call('HSET', backfill_key(id), 'failures_at_resume', count(id, 'f'))
if type(args.skipped) == 'string' then to_outbox(id, 'skipped', args.skipped) end
set_state(id, args.state, args.reason)
finish_if_done(id, job_id)
return answer({ outcome = 'restored', contested = contested })
`);
