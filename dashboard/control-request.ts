import { z } from 'zod';

/** Most runs of a backfill at a time. */
export const MaxActiveRunsSchema = z.int().min(1).max(1000);

/** 1 is first. */
export const PrioritySchema = z.int().min(1).max(1000);

/** Body of pause. */
export const PauseRequestSchema = z
  .strictObject({ reason: z.string().min(1).max(1000).optional() })
  .prefault({});

/** Body of resume: nothing, or an empty object. */
export const ResumeRequestSchema = z.strictObject({}).prefault({});

/** Body of cancel: whether live runs are cancelled at Databricks or left to finish. */
export const CancelRequestSchema = z
  .strictObject({ runs: z.enum(['cancel', 'finish']).default('cancel') })
  .prefault({});

/** Body of PATCH /api/backfills/:id. What is absent stays; `max_active_runs` null is the job's own limit. */
export const AdjustRequestSchema = z
  .strictObject({
    max_active_runs: MaxActiveRunsSchema.nullable().optional(),
    priority: PrioritySchema.optional(),
  })
  .superRefine(({ max_active_runs, priority }, context) => {
    if (max_active_runs !== undefined || priority !== undefined) return;
    context.addIssue({ code: 'custom', message: 'expected max_active_runs, priority or both' });
  });
