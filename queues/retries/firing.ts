import { z } from 'zod';

/** How the last firing of a schedule went, as REST tells it. Times are ISO 8601 in UTC. */
export const FiringSchema = z.object({
  /** When it was due. */
  due_at: z.string(),
  ended_at: z.string(),
  /** Ids of what it started. */
  backfills: z.array(z.string()),
  dates: z.number(),
  /** Dates that the limit kept out. */
  remaining: z.number(),
  /** Why it, or a part of it, could not be done. */
  problems: z.array(z.string()),
});

export type Firing = z.output<typeof FiringSchema>;

/** A schedule of the sweep as REST tells it. */
export interface ScheduleView {
  name: string;
  cron: string;
  timezone: string;
  retry_days_back: number;
  max_retries: number;
  job: string | null;
  enabled: boolean;
  /** Null while it is off, or no worker has taken it up yet. */
  next_firing_at: string | null;
  last_firing: Firing | null;
}
