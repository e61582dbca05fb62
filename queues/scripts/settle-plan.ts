import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  job_id: string;
  letters: string;
  counts: Record<string, number>;
  /** Outbox body of the dates that are logged as skipped, or null for none. */
  skipped: string | null;
}

/** `settled` with the state that follows, or `not_planning` when somebody else was first. */
type Answer = { outcome: 'settled'; state: string } | { outcome: 'not_planning' };

/** Ends planning: every date has its verdict, and the backfill runs (or is done already). */
export const settlePlan = new Script<Arguments, Answer>(/* lua */ `
if redis.call('HGET', backfill_key(args.id), 'state') ~= 'planning' then
  return answer({ outcome = 'not_planning' })
end
redis.call('SET', letters_key(args.id), args.letters)
redis.call('DEL', counts_key(args.id))
for letter, n in pairs(args.counts) do redis.call('HSET', counts_key(args.id), letter, n) end
note_change(args.id, 'dates', 'many')
if type(args.skipped) == 'string' then to_outbox(args.id, 'skipped', args.skipped) end
set_state(args.id, 'running')
local final = finish_if_done(args.id, args.job_id)
return answer({ outcome = 'settled', state = final or 'running' })
`);
