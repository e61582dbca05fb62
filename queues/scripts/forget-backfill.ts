import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  /** ISO 8601: only a backfill that ended before this is forgotten. */
  ended_before: string;
}

/** `kept`: it lives, has ended too recently, or the tables do not hold all of it yet. */
type Answer = { outcome: 'forgotten' | 'kept' | 'gone' };

/**
 * Takes an ended backfill out of Redis in one step. Its id stays in the list of backfills: by that the API
 * knows that the tables have it, and needs not ask them for ids that never were.
 */
export const forgetBackfill = new Script<Arguments, Answer>(/* lua */ `
local id = args.id
if redis.call('EXISTS', backfill_key(id)) == 0 then return answer({ outcome = 'gone' }) end
local state, finished_at, log_pending, row_pending = unpack(redis.call('HMGET', backfill_key(id),
  'state', 'finished_at', 'log_pending', 'row_pending'))
local ended = state == 'completed' or state == 'completed_with_failures' or state == 'cancelled'
local written = (tonumber(log_pending) or 0) == 0 and (tonumber(row_pending) or 0) == 0
if not ended or not written or not finished_at or finished_at == '' or finished_at >= args.ended_before then
  return answer({ outcome = 'kept' })
end
redis.call('DEL', backfill_key(id))
for _, part in ipairs({ 'dates', 'ends', 'letters', 'counts', 'attempts', 'links', 'retries', 'withdrawn',
  'changes' }) do
  redis.call('DEL', key('backfill', id, part))
end
return answer({ outcome = 'forgotten' })
`);
