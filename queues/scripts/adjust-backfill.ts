import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  /** Absent: unchanged; null: the job's own limit. */
  max_active_runs?: number | null;
  /** Absent: unchanged. */
  priority?: number;
}

type Answer =
  | { outcome: 'not_found' | 'already_finished' | 'cancelling' }
  /** BullMQ jobs of the dates that were queued under the old settings; the caller removes them and feeds. */
  | { outcome: 'adjusted'; job_id: string; withdrawn: string[] | Record<string, never> };

/** Changes how many dates of a backfill run at a time and how urgent it is, while it runs. */
export const adjustBackfill = new Script<Arguments, Answer>(/* lua */ `
local id = args.id
local state, job_id = unpack(redis.call('HMGET', backfill_key(id), 'state', 'job_id'))
if not state then return answer({ outcome = 'not_found' }) end
if state == 'cancelling' then return answer({ outcome = 'cancelling' }) end
if state ~= 'planning' and state ~= 'running' and state ~= 'paused' then
  return answer({ outcome = 'already_finished' })
end
if args.max_active_runs ~= nil then
  local max = args.max_active_runs
  redis.call('HSET', backfill_key(id), 'max_active_runs', type(max) == 'number' and max or '')
end
if args.priority ~= nil then
  redis.call('HSET', backfill_key(id), 'priority', args.priority)
  redis.call('ZADD', open_key(job_id), args.priority, id)
end
local withdrawn = withdraw_queued(id, job_id)
to_outbox(id, 'backfill', '')
note_change(id, 'state', state)
return answer({ outcome = 'adjusted', job_id = job_id, withdrawn = withdrawn })
`);
