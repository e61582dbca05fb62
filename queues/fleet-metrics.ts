import { Gauge, type Registry } from 'prom-client';
import type { BackfillQueues } from './backfill-queues.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { FleetReading, FleetState } from './fleet-state.ts';

const QUEUE_STATES = ['wait', 'active', 'delayed', 'prioritized', 'failed'] as const;

interface Sources {
  readonly state: FleetState;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
}

/**
 * Gauges of the whole fleet, read from Redis when they are asked for. Every web process tells the same, so
 * take the maximum over them, never the sum.
 */
export function registerFleetMetrics(registry: Registry, { state, queues, dispatcher }: Sources): void {
  let reading: Promise<FleetReading> | null = null;
  // One reading a scrape, whichever gauge is asked first.
  const read = () => {
    reading ??= state.read().finally(() => {
      reading = null;
    });
    return reading;
  };
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    set: (gauge: Gauge<L>, reading: FleetReading) => void,
  ) =>
    new Gauge<L>({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const found = await read();
        this.reset();
        set(this, found);
      },
    });
  const perJob = (name: string, help: string, value: (job: FleetReading['jobs'][number]) => number | null) =>
    gauge(name, help, ['job'], (one, { jobs }) => {
      for (const job of jobs) {
        const found = value(job);
        if (found !== null) one.set({ job: job.name }, found);
      }
    });

  gauge('backfill_dates', 'Dates of unfinished backfills by state.', ['job', 'state'], (one, { jobs }) => {
    for (const { name, dates } of jobs) {
      for (const [kind, count] of Object.entries(dates)) one.set({ job: name, state: kind }, count);
    }
  });
  gauge('backfill_backfills', 'Unfinished backfills by state.', ['job', 'state'], (one, { jobs }) => {
    for (const { name, backfills } of jobs) {
      for (const [kind, count] of Object.entries(backfills)) one.set({ job: name, state: kind }, count);
    }
  });
  gauge(
    'backfill_slots',
    'limit: runs that we may have at a time; used: runs that we have; external: runs of others, as last compared, only while a backfill is unfinished.',
    ['job', 'kind'],
    (one, { jobs }) => {
      for (const { name, slots } of jobs) {
        for (const [kind, count] of Object.entries(slots)) one.set({ job: name, kind }, count);
      }
    },
  );
  perJob(
    'backfill_oldest_pending_age_seconds',
    'Age of the oldest date that still waits, from the making of its backfill; 0 when none waits. Paused backfills are left out.',
    ({ oldestPendingSeconds }) => oldestPendingSeconds,
  );
  perJob(
    'backfill_progress_age_seconds',
    'Longest time for which a running backfill has made no progress; 0 when none runs.',
    ({ progressAgeSeconds }) => progressAgeSeconds,
  );
  gauge(
    'backfill_problems',
    'Unfinished backfills that have paused themselves, are stalled or fail too often, as the workers found it.',
    ['job', 'problem'],
    (one, { jobs }) => {
      for (const { name, problems } of jobs) {
        for (const [problem, count] of Object.entries(problems)) one.set({ job: name, problem }, count);
      }
    },
  );
  perJob(
    'backfill_queue_mismatch',
    'Dates that the plans hold queued or running, less the unfinished BullMQ jobs of their queue; 0 but for moments.',
    ({ queueMismatch }) => queueMismatch,
  );
  perJob('backfill_eta_seconds', 'Until the last running backfill ends, estimated.', (job) => job.etaSeconds);
  perJob(
    'backfill_orphan_runs',
    'Live runs at Databricks whose attempt is over in the plan.',
    (job) => job.orphanRuns,
  );
  perJob(
    'backfill_reconcile_lag_seconds',
    'Since the live runs at Databricks were last compared with the plans; only while a backfill is unfinished.',
    (job) => job.reconcileLagSeconds,
  );
  gauge('backfill_outbox_events', 'Log events that no statement has confirmed yet.', [], (one, { outbox }) =>
    one.set(outbox.count),
  );
  gauge('backfill_outbox_age_seconds', 'Age of the oldest of them; 0 for none.', [], (one, { outbox }) =>
    one.set(outbox.ageSeconds),
  );
  gauge('backfill_signals', 'Alerts and run events not passed on yet.', [], (one, found) =>
    one.set(found.signals),
  );
  gauge('backfill_workers', 'Workers that were heard of in the last 30 s.', [], (one, { workers }) =>
    one.set(workers),
  );
  gauge(
    'backfill_redis_memory_bytes',
    'used: by Redis; limit: its maxmemory, or the memory of its machine where it has none.',
    ['kind'],
    (one, { memory }) => {
      for (const [kind, bytes] of Object.entries(memory ?? {})) one.set({ kind }, bytes);
    },
  );
  new Gauge({
    name: 'bullmq_job_count',
    help: 'Jobs of each BullMQ queue by state.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const targets = await dispatcher.targets();
      const all = [queues.failedDates, queues.plans, queues.sweeps, queues.alerts, queues.lineage];
      const counted = [...all, ...targets.map((jobId) => queues.dates(jobId))].map(async (queue) => ({
        queue: queue.name,
        counts: await queue.getJobCounts(...QUEUE_STATES),
      }));
      const found = await Promise.all(counted);
      this.reset();
      for (const { queue, counts } of found) {
        for (const [kind, count] of Object.entries(counts)) this.set({ queue, state: kind }, count);
      }
    },
  });
}
