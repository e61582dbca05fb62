import { z } from 'zod';
import { ANSWERS } from './answer-schemas.ts';

/** GET /healthz. */
export const LivenessSchema = z
  .strictObject({ status: z.literal('ok') })
  .register(ANSWERS, { id: 'Liveness' });

/** GET /readyz. */
export const ReadinessSchema = z
  .strictObject({ status: z.literal('ready'), redis: z.literal('ok') })
  .register(ANSWERS, { id: 'Readiness' });
