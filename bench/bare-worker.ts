import { Worker } from 'bullmq';
import { z } from 'zod';
import { openRedis } from '../queues/redis/connection.ts';
import { type BareJob, BareOptionsSchema } from './bare-options.ts';
import { ReferenceClient } from './reference-client.ts';

/**
 * A worker of plain BullMQ, in a process of its own as ours is. For each job it makes the two calls that a date
 * can not do without, run-now and one look at the run, whatever that says; or nothing at all. It keeps no plan,
 * no log, no limit of runs, no promise: what it reaches is the most that the queue lets through.
 */
const options = BareOptionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const { REDIS_URL } = z.object({ REDIS_URL: z.string() }).parse(process.env);
const client = options.jobId === null ? null : await ReferenceClient.open(process.env, process.cwd());
const redis = openRedis(REDIS_URL, 'patient');

let done = 0;
const worker = new Worker<BareJob>(
  options.queue,
  async ({ data }) => {
    if (client === null || options.jobId === null) return;
    await client.getRun(await client.runNow(options.jobId, data.position_date));
  },
  {
    connection: redis,
    prefix: options.prefix,
    concurrency: options.concurrency,
    lockDuration: 6_000,
    stalledInterval: 2_000,
    drainDelay: 2,
  },
);
worker.on('failed', (_, error) => process.stderr.write(`${error.message}\n`));
worker.on('completed', () => {
  done += 1;
  if (done % options.batch === 0) tell({ doneAtMs: Date.now() });
});
await worker.waitUntilReady();
tell({ ready: true });

process.once('SIGTERM', async () => {
  await worker.close(true);
  redis.disconnect();
  await client?.close();
});

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
