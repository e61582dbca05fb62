import { type Command, Option } from 'commander';
import { removedJob, removedJobsAnswer } from '../../dashboard/job-answer.ts';
import type { RemovedJob } from '../../src/jobs/job-removal.ts';
import { targetToRemove } from '../../src/jobs/removal-target.ts';
import type { CommandContext } from '../command-context.ts';
import { canAsk, confirmed } from '../confirmation.ts';
import { removedTable } from '../job-report.ts';
import { printJson } from '../terminal.ts';

interface RemovalFlags {
  dryRun?: true;
  withLiveRuns?: true;
  anyOwner?: true;
  yes?: true;
  json?: true;
}

export function addJobRemovalVerbs(jobs: Command, context: CommandContext): void {
  const cleanup = jobs
    .command('cleanup')
    .argument('<name>', 'name of the jobs, or a key of the configuration')
    .description('delete the duplicates of a name that we made, and keep the newest')
    .addOption(new Option('--keep-latest', 'keep the newest').default(true))
    .addOption(new Option('--no-keep-latest', 'delete every job of the name'));
  withRemovalOptions(cleanup).action((name: string, options: RemovalFlags & { keepLatest: boolean }) =>
    cleanUp(name, options, context),
  );
  const removal = jobs
    .command('delete')
    .argument('[key]', 'key of the configuration, or name')
    .description('delete one job that we made')
    .option('--job-id <id>', 'the job, by its id');
  withRemovalOptions(removal).action((key: string | undefined, options: RemovalFlags & { jobId?: string }) =>
    remove(key, options, context),
  );
}

function withRemovalOptions(command: Command): Command {
  return command
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .option(
      '--with-live-runs',
      'delete also a job that has unfinished backfills or live runs; these are cancelled',
    )
    .option('--any-owner', 'delete also a job that something else made')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was done as JSON');
}

async function cleanUp(
  name: string,
  options: RemovalFlags & { keepLatest: boolean },
  context: CommandContext,
): Promise<void> {
  const { cleanUpJobs } = await import('../../src/jobs/job-removal.ts');
  await removeAsking({ options, context, answer: removedJobsAnswer }, async (session, dryRun) => {
    const { jobId, name: jobName } = targetToRemove(await context.config(), { job: name });
    const which = { name: jobName, keepLatest: options.keepLatest, keepId: jobId };
    const openBackfills = (jobId: string) => openBackfillsOf(context, jobId);
    return cleanUpJobs(which, { ...options, client: session.client, dryRun, openBackfills });
  });
}

async function remove(
  key: string | undefined,
  options: RemovalFlags & { jobId?: string },
  context: CommandContext,
): Promise<void> {
  const { deleteJob } = await import('../../src/jobs/job-removal.ts');
  const answer = (removed: readonly RemovedJob[]) => removed.map(removedJob)[0];
  await removeAsking({ options, context, answer }, async (session, dryRun) => {
    const target = targetToRemove(await context.config(), { job: key, jobId: options.jobId });
    const openBackfills = (jobId: string) => openBackfillsOf(context, jobId);
    return [await deleteJob(target, { ...options, client: session.client, dryRun, openBackfills })];
  });
}

type Session = import('../workspace-session.ts').WorkspaceSession;

/** Shows what would go before it asks; who says --yes, or cannot be asked, is shown what went. */
async function removeAsking(
  call: {
    options: RemovalFlags;
    context: CommandContext;
    /** What the REST twin answers. */
    answer: (removed: readonly RemovedJob[]) => unknown;
  },
  work: (session: Session, dryRun: boolean) => Promise<RemovedJob[]>,
): Promise<void> {
  const { options, context, answer } = call;
  const { terminal } = context;
  const { WorkspaceSession } = await import('../workspace-session.ts');
  await using session = new WorkspaceSession(await context.config());
  const asks = canAsk(terminal) && !options.yes && !options.dryRun && !options.json;
  if (asks) {
    const planned = await work(session, true);
    const count = planned.filter(({ action }) => action === 'deleted').length;
    terminal.print(removedTable(planned, true));
    const obstacle = await obstacleOf(planned, options);
    if (obstacle !== null) throw obstacle;
    if (count > 0 && !(await confirmed(`Delete ${count} job${count === 1 ? '' : 's'}?`))) {
      context.exitCode = 1;
      return terminal.notice('Nothing was deleted.');
    }
  }
  const removed = await work(session, options.dryRun ?? false);
  if (options.json) return printJson(terminal, answer(removed));
  terminal.print(removedTable(removed, options.dryRun ?? false));
  tellRest(removed, options, context);
  const obstacle = options.dryRun ? await obstacleOf(removed, options) : null;
  if (obstacle !== null) terminal.notice(obstacle.message);
}

/** Jobs are removed also where no Redis can be reached from: then nobody can ask the plans. */
async function openBackfillsOf(context: CommandContext, jobId: string): Promise<string[]> {
  const [{ checkRedis, openRedis }, { KeySpace }] = await Promise.all([
    import('../../queues/redis/connection.ts'),
    import('../../queues/key-space.ts'),
  ]);
  const { url, prefix } = (await context.config()).redis;
  const reachable = await checkRedis(url).then(
    () => true,
    () => false,
  );
  if (!reachable) return [];
  const redis = openRedis(url, 'prompt');
  try {
    return await redis.zrange(new KeySpace(prefix).open(jobId), 0, '-1');
  } finally {
    redis.disconnect();
  }
}

/** What a dry run met that the command itself would refuse. */
async function obstacleOf(planned: readonly RemovedJob[], { withLiveRuns }: RemovalFlags) {
  const { liveRunsObstacle } = await import('../../src/jobs/job-removal.ts');
  return withLiveRuns ? null : liveRunsObstacle(planned);
}

function tellRest(removed: readonly RemovedJob[], options: RemovalFlags, context: CommandContext): void {
  const { terminal } = context;
  const counts = (action: RemovedJob['action']) => removed.filter((job) => job.action === action).length;
  if (counts('left') > 0) {
    terminal.notice(`${counts('left')} made by something else; --any-owner deletes them too.`);
  }
  if (options.dryRun) terminal.notice('Dry run: nothing was deleted.');
  else if (counts('deleted') === 0) terminal.notice('There was nothing to delete.');
}
