import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

interface Arguments extends AttemptArguments {
  run_id: string;
  run_page_url: string | null;
  /** Outbox body of the STARTED row. */
  row: string;
}

/** Stores the run id before anyone watches it, so that a crash from here on re-attaches. */
export const recordRun = new Script<Arguments, { outcome: 'recorded' | 'lost' }>(/* lua */ `
${OWN_LIVE_ATTEMPT}
local known = record.run_id == args.run_id
record.run_id = args.run_id
if type(args.run_page_url) == 'string' then record.run_page_url = args.run_page_url end
tell_run_started(id, date, record)
save_attempt(id, date, record)
if letter ~= 'r' and not record.refused then set_letter(id, index, 'r') end
if not known then to_outbox(id, 'attempt', args.row) end
return answer({ outcome = 'recorded' })
`);
