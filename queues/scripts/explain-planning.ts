import { Script } from '../redis/script.ts';

interface Arguments {
  id: string;
  reason: string;
}

/** Says why planning waits. A paused backfill keeps the reason of its pause. */
export const explainPlanning = new Script<Arguments, { explained: boolean }>(/* lua */ `
if redis.call('HGET', backfill_key(args.id), 'state') ~= 'planning' then return answer({ explained = false }) end
redis.call('HSET', backfill_key(args.id), 'state_reason', args.reason)
redis.call('PUBLISH', key('changed'), args.id)
return answer({ explained = true })
`);
