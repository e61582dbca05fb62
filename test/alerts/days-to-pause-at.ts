import type { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';

/** How a run fails that is not tried again. */
export const USER_FAILURE = {
  result_state: 'FAILED',
  termination_code: 'RUN_EXECUTION_ERROR',
  termination_type: 'CLIENT_ERROR',
  message: 'Column amount is missing.',
};

/** Days of which the first fails. The next may start before that is decided on; some are left then. */
export async function daysToPauseAt(fleet: Fleet): Promise<string[]> {
  const days = sourceDays(6);
  await fleet.script(days[0] ?? '', USER_FAILURE);
  return days;
}
