import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  job_id: string;
  /** What the log says may have split windows, so the dates may be others than before. */
  dates: string;
  letters: string;
  ends: string;
  counts: Record<string, number>;
  /** As the backfill keeps it; planning has noted what its checks compare with. */
  run_settings: string;
  /** Outbox body of the dates that are logged as skipped, or null for none. */
  skipped: string | null;
  /** Date -> link of its first attempt, as JSON. */
  links: Record<string, string>;
}

/** `settled` with the state that follows, or `not_planning` when somebody else was first. */
type Answer = { outcome: 'settled'; state: string } | { outcome: 'not_planning' };

/** Ends planning: every date has its verdict, and the backfill runs, stays paused, or is done already. */
export const settlePlan = new Script<Arguments, Answer>(/* lua */ `
if not in_planning(args.id) then return answer({ outcome = 'not_planning' }) end
local state = redis.call('HGET', backfill_key(args.id), 'state')
redis.call('SET', dates_key(args.id), args.dates)
redis.call('SET', letters_key(args.id), args.letters)
redis.call('DEL', ends_key(args.id))
if args.ends ~= '' then redis.call('SET', ends_key(args.id), args.ends) end
redis.call('HSET', backfill_key(args.id), 'run_settings', args.run_settings)
redis.call('DEL', counts_key(args.id))
for letter, n in pairs(args.counts) do redis.call('HSET', counts_key(args.id), letter, n) end
for date, link in pairs(args.links) do redis.call('HSET', links_key(args.id), date, link) end
note_change(args.id, 'dates', 'many')
if type(args.skipped) == 'string' then to_outbox(args.id, 'skipped', args.skipped) end
redis.call('HDEL', backfill_key(args.id), 'paused_in_planning')
if state == 'planning' then
  state = 'running'
  set_state(args.id, state)
else
  to_outbox(args.id, 'backfill', '')
end
local final = finish_if_done(args.id, args.job_id)
return answer({ outcome = 'settled', state = final or state })
`);
