import { join } from 'node:path';
import type { Command } from 'commander';
import type { ReleaseStack } from '../../src/lifecycle/release-stack.ts';
import type { CommandContext } from '../command-context.ts';
import { emulatorEnvironment, emulatorFacts, startEmulatorProcess } from '../emulator-process.ts';
import { wholeNumber } from '../option-values.ts';
import { serve } from '../process.ts';
import { ServiceProcess } from '../service-process.ts';
import { appliedLines, applyConfiguredJobs } from './jobs.ts';
import { setUp, setupLine } from './setup.ts';

interface UpOptions {
  workers: number;
  emulatorPort: number;
  apply?: true;
}

export function addUpVerb(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('Redis, an emulator unless DATABRICKS_HOST is set, setup, web and workers in one terminal')
    .option('--workers <n>', 'how many worker processes', wholeNumber(1), 1)
    .option('--emulator-port <port>', 'port of the emulator; 0 takes a free one', wholeNumber(0), 8443)
    .option('--apply', 'apply the jobs of the configuration also to a workspace that is no emulator')
    .addHelpText('after', '\nData of the private Redis and of the emulator stay in .backfill/.')
    .action(async (options: UpOptions) => {
      context.exitCode = await up(options, context);
    });
}

async function up(options: UpOptions, context: CommandContext): Promise<number> {
  const { terminal, cwd } = context;
  const { default: pretty } = await import('pino-pretty');
  const format = pretty.prettyFactory({
    colorize: terminal.interactive,
    singleLine: true,
    ignore: 'pid,hostname,process',
  });
  const tell = (name: string, line: string) => terminal.print(`${name.padEnd(9)}| ${line}`);

  return serve(async ({ resources, stopping }) => {
    const { databricks } = await context.config();
    const redis = await startRedis(context, resources, tell);
    const emulator = databricks === null ? await startEmulator(options, context, resources) : {};
    const env = { ...context.env, REDIS_URL: redis, ...emulator };
    const configured = context.withEnvironment(env);
    tell('workspace', emulator.DATABRICKS_HOST ?? databricks?.host ?? '');

    await setUp(configured, (step) => tell('setup', setupLine(step)));
    if (databricks === null || options.apply) {
      await applyConfiguredJobs({}, configured, (job) => {
        for (const line of appliedLines(job)) tell('jobs', line);
      });
    }
    const names = ['web', ...Array.from({ length: options.workers }, (_, at) => `worker ${at + 1}`)];
    const services = await Promise.all(
      names.map(async (name) => {
        const verb = name === 'web' ? 'web' : 'worker';
        const onLine = (line: string) => tell(name, format(line).trimEnd());
        const service = new ServiceProcess({ verb, name, env, cwd, onLine });
        await resources.add(() => service.stop());
        return service;
      }),
    );
    await Promise.all(services.map((service) => service.ready));
    terminal.notice('All is up. Ctrl-C stops it.');
    return { ended: Promise.race(services.map((service) => untimelyEnd(service, stopping, context))) };
  });
}

async function startRedis(
  context: CommandContext,
  resources: ReleaseStack,
  tell: (name: string, line: string) => void,
): Promise<string> {
  const { findRedis } = await import('../local-redis.ts');
  const redis = await findRedis({
    env: context.env,
    directory: join(context.cwd, '.backfill', 'redis'),
    onNotice: (line) => tell('redis', line),
  });
  await resources.add(() => redis.stop());
  tell('redis', redis.how === 'configured' ? 'as REDIS_URL says' : `private, ${redis.url}`);
  return redis.url;
}

async function startEmulator(
  { emulatorPort }: UpOptions,
  { cwd, env }: CommandContext,
  resources: ReleaseStack,
): Promise<Record<string, string>> {
  const flags = ['--port', String(emulatorPort), '--json'];
  const emulator = startEmulatorProcess({ flags, cwd, env });
  await resources.add(() => emulator.stop());
  return emulatorEnvironment(await emulatorFacts(emulator));
}

async function untimelyEnd(
  service: ServiceProcess,
  stopping: AbortSignal,
  { terminal }: CommandContext,
): Promise<number> {
  const code = await service.ended;
  if (!stopping.aborted)
    terminal.notice(`backfill: ${service.name} has ended (${code}), so all else stops too.`);
  return 1;
}
