import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BackfillAnswerSchema } from '../../bin/rest-answers.ts';
import { isFinished } from '../../queues/plan/backfill-record.ts';
import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { ReleaseStack } from '../../src/lifecycle/release-stack.ts';
import type { BackfillState } from '../../src/tables/backfill-row.ts';
import { type ChaosStack, startChaosStack } from './chaos-stack.ts';
import { type Evidence, filesContaining, gatherEvidence } from './evidence.ts';
import { LimitHistory } from './limit-history.ts';
import { Outages } from './outages.ts';
import type { StormReport } from './report.ts';
import { RunFaults } from './run-faults.ts';
import { storm } from './storm.ts';
import { StormRun } from './storm-run.ts';
import { judgeStorm, type Violation } from './verdict.ts';
import { WorkspaceFaults } from './workspace-faults.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly dates: number;
  readonly workers: number;
  readonly limit: number;
  readonly killEverySeconds: number;
  /** The backfill must have ended by then. */
  readonly boundSeconds: number;
  /** How long faults keep coming, at most until the backfill has ended. */
  readonly stormSeconds: number;
  /** Mean length of a run, 50 % more or less. */
  readonly runMs: number;
  /** How long a date stays with a worker that has fallen silent. */
  readonly lockMs: number;
  /** Where logs, Redis and configuration stay. */
  readonly directory: string;
}

const FIRST_DATE = '2024-01-01';
const LOOK_INTERVAL_MS = 100;
/** The log may need the end of a lease and of a backoff before it is complete. */
const LOG_PATIENCE_MS = 120_000;
/** Issue 3: a worker that is told to stop is gone in 5 s. */
const MAX_EXIT_MS = 5_000;
/** With rare kills the backfill also has to be quick. */
const RARE_KILLS_SECONDS = 10;
const MAX_SLOWDOWN = 1.5;
/** As shipped, and in a storm of a kill every 2 s, where nearly all slots would wait for one to expire. */
export const SHIPPED_LOCK_MS = 6_000;
export const SHORT_LOCK_MS = 2_000;

/** One backfill in one storm, from the first process to the verdict. Leaves nothing running. */
export async function tryStorm(options: TrialOptions): Promise<StormReport> {
  await using releases = new ReleaseStack();
  const outages = new Outages();
  const half = options.runMs / 2;
  const short = options.killEverySeconds < RARE_KILLS_SECONDS;
  const stack = await startChaosStack(
    {
      ...options,
      tuning: options.lockMs === SHIPPED_LOCK_MS ? {} : tuningFor(options.lockMs),
      runDurationMs: { min: Math.round(half), max: Math.round(half * 3) },
      // Surplus runs queue in one half of the storms and are refused in the other.
      queueEnabled: options.seed % 2 === 0,
    },
    outages,
    releases,
  );
  const { control, ...parts } = { control: stack.emulator.local, ...stack };
  const runFaults = new RunFaults({ ...parts, control, client: stack.session.client });
  const limits = new LimitHistory(async () =>
    Number((await stack.connection.hget(stack.keys.target(stack.jobId), 'max_concurrent_runs')) ?? 0),
  );
  limits.start();
  await releases.add(() => limits.stop());
  const run = new StormRun({
    stack,
    runFaults,
    workspaceFaults: new WorkspaceFaults(control, outages),
    limit: options.limit,
    onFault: (fault) => void note(options, fault),
  });

  const endDate = lastDate(options.dates);
  const scriptedDates = await runFaults.script(businessDays(options.dates), options.seed);
  const startedMs = Date.now();
  const request = { job: stack.jobName, start_date: FIRST_DATE, end_date: endDate };
  const { id } = BackfillAnswerSchema.parse(await stack.web.post('/api/backfills', request));
  await note(options, { created: id });
  const faults = storm({
    ...options,
    killEveryMs: options.killEverySeconds * 1_000,
    lockDurationMs: options.lockMs,
    lengthMs: options.stormSeconds * 1_000,
  });
  run.start(faults);
  const ended = await until(options.boundSeconds * 1_000, async () =>
    isFinished(
      ((await stack.connection.hget(stack.keys.backfill(id), 'state')) ?? 'planning') as BackfillState,
    ),
  );
  const endedMs = Date.now();
  await note(options, { ended });
  await run.end();
  if (ended) await until(LOG_PATIENCE_MS, async () => (await stack.plans.view(id)).log_pending === 0);
  await limits.stop();

  const evidence = await gatherEvidence(stack, id);
  const { violations, figures } = judgeStorm(evidence, limits);
  const slotMs = evidence.runs.reduce((sum, { runDurationMs }) => sum + runDurationMs, 0);
  const times = {
    wallMs: endedMs - startedMs,
    idealMs: limits.timeForMs(slotMs, startedMs),
    outageMs: outages.totalMs(startedMs, endedMs),
  };
  const slow = short ? [] : tooSlow(times);
  const processes = processViolations(stack, run, outages);
  await releases.release();
  const leaks = await secretLeaks(options.directory, stack.secrets);
  const wrongRows = violations.filter(({ invariant }) => invariant === 'I4').length;
  return {
    ...options,
    ...figures,
    ...times,
    injected: run.injected,
    scriptedDates,
    states: statesOf(evidence),
    logRows: evidence.rows.length,
    wrongLogRows: wrongRows,
    slowestExitMs:
      stack.victims.exits.length === 0 ? null : Math.max(...stack.victims.exits.map((exit) => exit.tookMs)),
    violations: [...violations, ...slow, ...processes, ...leaks],
  };
}

/** Shorter intervals where the locks are shorter than shipped. */
function tuningFor(lockMs: number): Record<string, string> {
  const short = lockMs <= SHORT_LOCK_MS;
  return {
    lock_duration: `${lockMs}ms`,
    stalled_interval: `${Math.round(lockMs / 3)}ms`,
    handover: `${Math.round(Math.min(3_000, lockMs * 0.75))}ms`,
    ...(short && { limit_interval: '1s', feed_interval: '500ms' }),
  };
}

function businessDays(count: number): string[] {
  const { isBusinessDay } = calendarNamed('US', {});
  const days: string[] = [];
  for (let ms = Date.parse(FIRST_DATE); days.length < count; ms += 24 * 60 * 60 * 1_000) {
    const date = new Date(ms).toISOString().slice(0, 10);
    if (isBusinessDay(date as Parameters<typeof isBusinessDay>[0])) days.push(date);
  }
  return days;
}

function lastDate(count: number): string {
  return businessDays(count).at(-1) ?? FIRST_DATE;
}

async function until(patienceMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  const deadlineMs = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) return false;
    await pause(LOOK_INTERVAL_MS);
  }
  return true;
}

function note({ directory }: TrialOptions, what: object): Promise<void> {
  const line = JSON.stringify({ time: new Date().toISOString(), ...what });
  return appendFile(join(directory, 'logs', 'storm.log'), `${line}\n`);
}

function tooSlow({
  wallMs,
  idealMs,
  outageMs,
}: {
  wallMs: number;
  idealMs: number;
  outageMs: number;
}): Violation[] {
  const mostMs = MAX_SLOWDOWN * idealMs + outageMs;
  if (wallMs <= mostMs) return [];
  const what = `${Math.round(wallMs)} ms, at most ${Math.round(mostMs)} ms: 1.5 times the ideal and the outages`;
  return [{ invariant: 'time', what }];
}

function processViolations({ victims }: ChaosStack, run: StormRun, outages: Outages): Violation[] {
  const slowExits = victims.exits.filter(
    ({ atMs, tookMs }) => tookMs > MAX_EXIT_MS && !outages.touches(atMs, atMs + tookMs),
  );
  const failedExits = victims.exits.filter(({ code }) => code !== 0 && code !== 'SIGTERM');
  return [
    ...victims.untimelyEnds,
    ...slowExits.map(({ worker, tookMs }) => `${worker} took ${tookMs} ms to end after SIGTERM`),
    ...failedExits.map(({ worker, code }) => `${worker} ended with ${code} after SIGTERM`),
    ...run.failures.map((failure) => `the storm failed: ${failure}`),
  ].map((what) => ({ invariant: 'process', what }));
}

/** I6: Redis' file and our logs hold no secret. */
async function secretLeaks(directory: string, secrets: readonly string[]): Promise<Violation[]> {
  const files = await filesContaining(directory, secrets);
  return files.map((file) => ({ invariant: 'I6', what: `${file} contains a secret` }));
}

function statesOf({ dates }: Evidence): string {
  const counts = new Map<string, number>();
  for (const { state } of dates) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts]
    .toSorted()
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
