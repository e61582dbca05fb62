import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

interface Arguments extends AttemptArguments {
  rows_before: number;
}

/** Keeps how many rows the destination had before the run: once the run exists, nobody can count them any more. */
export const noteRows = new Script<Arguments, { outcome: 'noted' | 'lost' }>(/* lua */ `
${OWN_LIVE_ATTEMPT}
record.rows_before = args.rows_before
save_attempt(id, date, record)
return answer({ outcome = 'noted' })
`);
