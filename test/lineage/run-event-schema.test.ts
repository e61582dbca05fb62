import { dateEvent, RunEventSchema } from '../../src/lineage/run-event.ts';

const RUN = '01a217ee-1721-754f-bcd9-b1bf84559d8d';

const event = () =>
  dateEvent({
    type: 'FAIL',
    at: '2026-01-02T03:04:05.678Z',
    namespace: 'finance',
    job: 'process',
    backfillId: RUN,
    runId: RUN,
    positionDate: '2024-06-03',
    positionEndDate: '2024-06-03',
    errorMessage: 'boom',
    inputs: [{ namespace: 'databricks://host', name: 'a.b.c' }],
    outputs: [],
  });

/** The same event with another value at a path, or without it. */
function broken(path: string, value: unknown): unknown {
  const changed = JSON.parse(JSON.stringify(event()));
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => object[key], changed);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return changed;
}

test('A run event as it is written is a run event of OpenLineage', () => {
  expect(RunEventSchema.safeParse(event()).error).toBeUndefined();
});

test.each([
  ['eventTime', undefined],
  ['eventTime', '2026-01-02'],
  ['eventTime', '2026-01-02T03:04Z'],
  ['eventType', 'DONE'],
  ['producer', 'us'],
  ['schemaURL', 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent'],
  ['run', undefined],
  ['run.runId', 'x'],
  ['run.facets.parent._producer', undefined],
  ['run.facets.parent.run.runId', 'x'],
  ['run.facets.parent.job.name', undefined],
  ['run.facets.parent._schemaURL', 'https://example.com'],
  ['run.facets.nominalTime.nominalStartTime', '2024-06-03'],
  ['run.facets.nominalTime.nominalStartTime', undefined],
  ['run.facets.errorMessage.programmingLanguage', undefined],
  ['run.facets.errorMessage.stack', 'not its name'],
  ['job.namespace', undefined],
  ['job.facets.jobType.processingType', undefined],
  ['inputs.0.namespace', undefined],
])('A run event whose %s is %s is none of OpenLineage', (path, value) => {
  expect(RunEventSchema.safeParse(broken(path, value)).success).toBe(false);
});
