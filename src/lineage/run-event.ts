import { z } from 'zod';

/** Versions of the specification that the events follow. */
const SPEC = 'https://openlineage.io/spec';
const SCHEMA_URL = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;
const PRODUCER = 'https://www.npmjs.com/package/databricks-backfill';

const DAY_MS = 86_400_000;

const FACET_SCHEMAS = {
  parent: `${SPEC}/facets/1-0-1/ParentRunFacet.json#/$defs/ParentRunFacet`,
  nominalTime: `${SPEC}/facets/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet`,
  errorMessage: `${SPEC}/facets/1-0-0/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet`,
  jobType: `${SPEC}/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet`,
} as const;

/** RFC 3339, as the specification wants it: with seconds and an offset. */
const dateTime = z.iso.datetime({ offset: true }).regex(/T\d\d:\d\d:\d\d/);
const runId = z.uuid();
const jobName = { namespace: z.string().min(1), name: z.string().min(1) };
const dataset = z.strictObject(jobName);

/** A facet names its own schema; the version may be that of another release of ours. */
function facetOf<Shape extends z.ZodRawShape>(definition: string, shape: Shape) {
  const url = new RegExp(
    `^https://openlineage\\.io/spec/facets/\\d+-\\d+-\\d+/${definition}\\.json#/\\$defs/${definition}$`,
  );
  return z.strictObject({ _producer: z.url(), _schemaURL: z.string().regex(url), ...shape });
}

/**
 * A run event of OpenLineage with the facets that we send, written after the published specification:
 * what is required there is required here, formats are checked, and nothing may be there that it does not name.
 *
 * @see https://openlineage.io/apidocs/openapi/
 */
export const RunEventSchema = z.strictObject({
  eventType: z.enum(['START', 'COMPLETE', 'FAIL', 'ABORT']),
  eventTime: dateTime,
  producer: z.url(),
  schemaURL: z
    .string()
    .regex(/^https:\/\/openlineage\.io\/spec\/\d+-\d+-\d+\/OpenLineage\.json#\/\$defs\/RunEvent$/),
  run: z.strictObject({
    runId,
    facets: z.strictObject({
      parent: facetOf('ParentRunFacet', {
        run: z.strictObject({ runId }),
        job: z.strictObject(jobName),
      }).optional(),
      nominalTime: facetOf('NominalTimeRunFacet', {
        nominalStartTime: dateTime,
        nominalEndTime: dateTime,
      }).optional(),
      errorMessage: facetOf('ErrorMessageRunFacet', {
        message: z.string(),
        programmingLanguage: z.string(),
      }).optional(),
    }),
  }),
  job: z.strictObject({
    ...jobName,
    facets: z.strictObject({
      jobType: facetOf('JobTypeJobFacet', {
        processingType: z.string(),
        integration: z.string(),
        jobType: z.string(),
      }),
    }),
  }),
  inputs: z.array(dataset),
  outputs: z.array(dataset),
});

export type RunEvent = z.output<typeof RunEventSchema>;
export type EventType = RunEvent['eventType'];

interface Facts {
  readonly type: EventType;
  readonly at: string;
  readonly namespace: string;
  /** Name of the target job. */
  readonly job: string;
  readonly backfillId: string;
}

/** The backfill itself: the run that the runs of its dates have for parent. */
export function backfillEvent(facts: Facts): RunEvent {
  return {
    ...envelope(facts),
    run: { runId: facts.backfillId, facets: {} },
    job: jobOf(facts.namespace, backfillName(facts.job), 'BACKFILL'),
    inputs: [],
    outputs: [],
  };
}

/** One attempt of a date. Its nominal time is the date: from its midnight to that after its last day, in UTC. */
export function dateEvent(
  facts: Facts & {
    readonly runId: string;
    readonly positionDate: string;
    readonly positionEndDate: string;
    readonly errorMessage: string | null;
    readonly inputs: RunEvent['inputs'];
    readonly outputs: RunEvent['outputs'];
  },
): RunEvent {
  const [startMs, lastMs] = [midnightMs(facts.positionDate), midnightMs(facts.positionEndDate)];
  return {
    ...envelope(facts),
    run: {
      runId: facts.runId,
      facets: {
        parent: {
          ...base('parent'),
          run: { runId: facts.backfillId },
          job: { namespace: facts.namespace, name: backfillName(facts.job) },
        },
        nominalTime: {
          ...base('nominalTime'),
          nominalStartTime: new Date(startMs).toISOString(),
          nominalEndTime: new Date(lastMs + DAY_MS).toISOString(),
        },
        ...(facts.errorMessage !== null && {
          errorMessage: {
            ...base('errorMessage'),
            message: facts.errorMessage,
            programmingLanguage: 'unknown',
          },
        }),
      },
    },
    job: jobOf(facts.namespace, facts.job, 'JOB'),
    inputs: facts.inputs,
    outputs: facts.outputs,
  };
}

function envelope({ type, at }: Facts) {
  return { eventType: type, eventTime: at, producer: PRODUCER, schemaURL: SCHEMA_URL };
}

function jobOf(namespace: string, name: string, jobType: string): RunEvent['job'] {
  const type = { ...base('jobType'), processingType: 'BATCH', integration: 'DATABRICKS_BACKFILL', jobType };
  return { namespace, name, facets: { jobType: type } };
}

function midnightMs(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

function base(name: keyof typeof FACET_SCHEMAS) {
  return { _producer: PRODUCER, _schemaURL: FACET_SCHEMAS[name] };
}

function backfillName(job: string): string {
  return `${job}.backfill`;
}
