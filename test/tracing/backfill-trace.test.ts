import { z } from 'zod';
import { RunningCommand } from '../harness/command.ts';
import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';

const SpanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
});
/** OTLP/HTTP in JSON, as far as this test reads it. */
const TracesSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(z.object({ spans: z.array(SpanSchema) })),
    }),
  ),
});

let workspace: TestWorkspace;
let collector: HttpReceiver;
let fleet: Fleet;
let web: RunningCommand | null = null;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  collector = await HttpReceiver.start();
  fleet = await Fleet.open(workspace);
});
afterEach(async () => {
  await web?.stop();
  await fleet.close();
  await collector.close();
});
afterAll(() => workspace?.stop());

test('One trace leads from the request over planning, the attempt, run-now and the watch to the write of the log', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    BACKFILL_REDIS_PREFIX: fleet.config.redis.prefix,
  };
  web = new RunningCommand(['web'], { env: { ...workspace.env, ...env } });
  await web.untilSaid('"Ready');
  await fleet.workerProcess(env);
  const url = /"url":"([^"]+)"/.exec(web.said)?.[1] ?? '';
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const response = await fetch(`${url}/api/backfills`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    body: JSON.stringify({ job: fleet.jobName, dates: sourceDays(1) }),
  });
  expect(response.status).toBe(202);

  const told = () =>
    collector.requests
      .filter(({ path }) => path === '/v1/traces')
      .flatMap(({ json }) => TracesSchema.parse(json).resourceSpans);
  const spans = () => told().flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const ancestors = (name: string) => {
    const byId = new Map(spans().map((span) => [span.spanId, span]));
    const names: string[] = [];
    for (
      let span = spans().find((one) => one.name === name);
      span;
      span = byId.get(span.parentSpanId ?? '')
    ) {
      names.push(span.name);
    }
    return names;
  };
  const wanted = ['POST /api/backfills', 'plan', 'attempt', 'run-now', 'watch', 'write log'];
  // A span is told when it ends, so after those within it.
  await fleet.until('all spans up to the request', () =>
    wanted.every((name) => ancestors(name).at(-1) === 'POST /api/backfills'),
  );
  // Upkeep of the queues belongs to no request and is not traced.
  expect(new Set(spans().map((span) => span.traceId))).toEqual(new Set([traceId]));
  const services = told().flatMap(({ resource }) =>
    resource.attributes.filter(({ key }) => key === 'service.name'),
  );
  expect(new Set(services.map(({ value }) => JSON.stringify(value)))).toEqual(
    new Set(['{"stringValue":"databricks-backfill-web"}', '{"stringValue":"databricks-backfill-worker"}']),
  );
  expect(ancestors('run-now').slice(0, 2)).toEqual(['run-now', 'attempt']);
});
