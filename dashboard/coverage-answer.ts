import { z } from 'zod';
import type { Coverage } from '../src/tables/coverage.ts';
import { ANSWERS, CountSchema, DaySchema, TimeSchema, type WordsOf } from './answer-schemas.ts';

type DayStatus = Coverage['days'][number]['status'];

/** Body of GET /api/coverage: of one job it is the coverage itself. */
export function coverageAnswer(items: readonly Coverage[]) {
  const [first] = items;
  return items.length === 1 && first !== undefined ? first : { items, as_of: first?.as_of };
}

const JobCoverageSchema = z
  .strictObject({
    job: z.string().nullable(),
    totals: z.strictObject({ processed: CountSchema, missing: CountSchema }),
    days: z.array(
      z.strictObject({
        calendar_date: DaySchema,
        status: z.enum({ Processed: 'Processed', Missing: 'Missing' } satisfies WordsOf<DayStatus>),
      }),
    ),
    as_of: TimeSchema,
  })
  .register(ANSWERS, { id: 'JobCoverage' }) satisfies z.ZodType<Coverage>;

const CoverageListSchema = z
  .strictObject({ items: z.array(JobCoverageSchema), as_of: TimeSchema })
  .register(ANSWERS, { id: 'CoverageList' });

/** GET /api/coverage: of one job or of all together an object, of several jobs a list. */
export const CoverageAnswerSchema = z
  .union([JobCoverageSchema, CoverageListSchema])
  .register(ANSWERS, { id: 'Coverage' }) satisfies z.ZodType<ReturnType<typeof coverageAnswer>>;
