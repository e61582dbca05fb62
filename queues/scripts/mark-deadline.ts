import { Script } from '../redis/script.ts';
import { type AttemptArguments, OWN_LIVE_ATTEMPT } from './attempt-arguments.ts';

/**
 * Records that we are about to cancel this run because of its deadline, so that its end counts as timed
 * out and not as a person's cancel, whoever watches it then.
 */
export const markDeadline = new Script<AttemptArguments, { outcome: 'marked' | 'lost' }>(/* lua */ `
${OWN_LIVE_ATTEMPT}
record.deadline_passed = true
save_attempt(id, date, record)
return answer({ outcome = 'marked' })
`);
