import type { Command } from 'commander';
import type {
  RecoveryReport,
  RestoredBackfill,
  UnexplainedRun,
} from '../../queues/recovery/recovery-report.ts';
import { countsLine } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { printJson } from '../terminal.ts';

interface RecoverOptions {
  resume?: true;
  json?: true;
}

export function addRecoverVerb(program: Command, context: CommandContext): void {
  program
    .command('recover')
    .description('make unfinished backfills anew from the tables and the live runs, after Redis was lost')
    .option('--resume', 'let what ran go on at once, instead of starting paused')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      '\nIt starts no run, leaves alone what Redis still has, and may be repeated. What was paused stays paused.\nExit 1 if a backfill could not be made anew.',
    )
    .action((options: RecoverOptions) => recover(options, context));
}

async function recover(options: RecoverOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const report = await recoverBackfills(context, { resume: options.resume ?? false });
  if (report.unreadable.length > 0) context.exitCode = 1;
  if (options.json) return printJson(terminal, report);
  for (const line of recoveryLines(report)) terminal.print(line);
}

async function recoverBackfills(
  context: CommandContext,
  options: { resume: boolean },
): Promise<RecoveryReport> {
  const [
    { WorkspaceSession },
    { ReleaseStack },
    { checkRedis, openRedis },
    { KeySpace },
    { PlanReader },
    { BackfillQueues },
    { Dispatcher },
    { Recovery },
    { TableNames },
    { decideOnFailure },
  ] = await Promise.all([
    import('../workspace-session.ts'),
    import('../../src/lifecycle/release-stack.ts'),
    import('../../queues/redis/connection.ts'),
    import('../../queues/key-space.ts'),
    import('../../queues/plan/plan-reader.ts'),
    import('../../queues/backfill-queues.ts'),
    import('../../queues/dispatcher.ts'),
    import('../../queues/recovery/recovery.ts'),
    import('../../src/tables/table-names.ts'),
    import('../../src/planning/retry-decision.ts'),
  ]);
  const config = await context.config();
  await checkRedis(config.redis.url);
  const resources = new ReleaseStack();
  try {
    const session = new WorkspaceSession(config);
    await resources.add(() => session.close());
    await session.check();
    const redis = openRedis(config.redis.url, 'prompt');
    await resources.add(() => redis.disconnect());
    const keys = new KeySpace(config.redis.prefix);
    const queues = new BackfillQueues(redis, keys);
    await resources.add(() => queues.close());
    const recovery = new Recovery({
      redis,
      keys,
      plans: new PlanReader(redis, keys),
      dispatcher: new Dispatcher(redis, keys, queues),
      client: session.client,
      warehouse: session.warehouse,
      tables: TableNames.from(config.tables),
      config,
      mayRetry: (failure, maxAttempts) =>
        decideOnFailure(failure, { maxAttempts, retryDelayMs: 0, maxRetryDelayMs: 0 }).kind === 'retry',
    });
    return await recovery.recover(options);
  } finally {
    await resources.release();
  }
}

function recoveryLines(report: RecoveryReport): string[] {
  const { restored, present, unreadable, unexplained_runs } = report;
  const lines = restored.flatMap(restoredLines);
  if (present.length > 0) {
    lines.push(`${counted(present.length, 'unfinished backfill')} still in Redis, left alone`);
  }
  for (const { id, problem } of unreadable) {
    lines.push(`${id}  cannot be made anew: its row in the table says not what it was to do (${problem})`);
  }
  lines.push(...unexplained_runs.map(unexplainedLine));
  if (restored.length === 0 && unreadable.length === 0) lines.push('Nothing to recover.');
  return lines;
}

function restoredLines(backfill: RestoredBackfill): string[] {
  const { id, job, job_id, state, state_reason, counts, live_runs, ended_runs, contested } = backfill;
  return [
    `${id}  ${job} (job ${job_id})`,
    `state    ${state}${state_reason ? `: ${state_reason}` : ''}`,
    `dates    ${countsLine(counts)} (${counts.total} in all)`,
    ...(live_runs > 0
      ? [`runs     ${counted(live_runs, 'live run')} attached, watched by the next worker`]
      : []),
    ...(ended_runs > 0
      ? [`runs     ${counted(ended_runs, 'run')} ended meanwhile; the next worker reads how`]
      : []),
    ...(contested.length > 0
      ? [`waits    ${contested.join(', ')}: claimed by another backfill in the meantime`]
      : []),
  ];
}

function unexplainedLine({ run_id, job_id, run_page_url, parameters }: UnexplainedRun): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return `live run ${run_id} of job ${job_id} (${given.join(', ') || 'no parameters'}) is left alone: no attempt in the log explains it${run_page_url ? `  ${run_page_url}` : ''}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
