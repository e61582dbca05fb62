import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import type { CommandContext } from './command-context.ts';
import type { DemoReport } from './demo-report.ts';
import { emulatorEnvironment, emulatorFacts, startEmulatorProcess } from './emulator-process.ts';
import { findRedis } from './local-redis.ts';
import { packageRoot } from './package-root.ts';
import { ServiceProcess } from './service-process.ts';
import { appliedLines, applyConfiguredJobs } from './verbs/jobs.ts';
import { setUp, setupLine } from './verbs/setup.ts';

const SERVICES = ['web', 'worker 1', 'worker 2'];

/** pino's number of the level `warn`. */
const WARN = 40;

/** Everything that the demo runs on: Redis, emulator, web and two workers, each its own process, on loopback. */
export class DemoStack {
  readonly #context: CommandContext;
  readonly #resources: ReleaseStack;
  readonly #complaints: string[] = [];
  #services: readonly ServiceProcess[] = [];

  /** @param resources gets the release of all that is started. */
  constructor(context: CommandContext, resources: ReleaseStack) {
    this.#context = context;
    this.#resources = resources;
  }

  /** What the services logged at level warn and above. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Starts all of it and sets up tables and job. Answers the context in which commands meet it. */
  async start(report: DemoReport): Promise<CommandContext> {
    report.section('Start Redis, the emulator, the web process and two workers');
    const directory = await mkdtemp(join(tmpdir(), 'backfill-demo-'));
    await this.#resources.add(() => rm(directory, { recursive: true, force: true }));
    const [redisUrl, emulator] = await Promise.all([this.#findRedis(report), this.#startEmulator(directory)]);
    const context = this.#context.withEnvironment({
      ...this.#context.env,
      ...emulator,
      REDIS_URL: redisUrl,
      // In a Redis of REDIS_URL, apart from whatever else is there.
      BACKFILL_REDIS_PREFIX: `demo-${process.pid}`,
      BACKFILL_CONFIG: await this.#configuration(directory),
      BACKFILL_PORT: '0',
      // Runs of the emulator are short, and it has no limit of its own.
      BACKFILL_REQUESTS_PER_SECOND: '1000',
    });
    const [services, setupLines] = await Promise.all([this.#startServices(context), setUpAll(context)]);
    report.fact('redis', redisUrl);
    report.fact('emulator', emulator.DATABRICKS_HOST ?? '');
    for (const { name, url } of services) report.fact(name, url);
    report.section('Set up tables, calendar, source data and the job');
    report.block(setupLines.join('\n'));
    return context.withEnvironment({ ...context.env, BACKFILL_URL: services[0]?.url });
  }

  /** Settles with 1 when one of the services ends by itself. */
  untimelyEnd(): Promise<number> {
    return Promise.race(this.#services.map((service) => service.ended.then(() => 1)));
  }

  /** The configuration we ship, but for a retry that nobody has to wait for. */
  async #configuration(directory: string): Promise<string> {
    const shipped = parse(await readFile(join(packageRoot, 'backfill.yaml'), 'utf8'));
    shipped.backfill.jobs['02_process_data'].retry_delay = '1s';
    const file = join(directory, 'backfill.yaml');
    await writeFile(file, stringify(shipped));
    return file;
  }

  async #findRedis(report: DemoReport): Promise<string> {
    const onNotice = (line: string) => report.fact('redis', line);
    const redis = await findRedis({ env: this.#context.env, onNotice });
    await this.#resources.add(() => redis.stop());
    return redis.url;
  }

  async #startEmulator(directory: string): Promise<Record<string, string>> {
    const { cwd, env } = this.#context;
    const flags = ['--port', '0', '--data-dir', join(directory, 'emulator'), '--json'];
    const emulator = startEmulatorProcess({ flags, cwd, env });
    await this.#resources.add(() => emulator.stop());
    return emulatorEnvironment(await emulatorFacts(emulator));
  }

  async #startServices({ cwd, env }: CommandContext): Promise<{ name: string; url: string }[]> {
    this.#services = SERVICES.map((name) => {
      const onLine = (line: string) => this.#listen(name, line);
      return new ServiceProcess({ verb: name === 'web' ? 'web' : 'worker', name, cwd, env, onLine });
    });
    await this.#resources.add(async () => {
      await Promise.all(this.#services.map((service) => service.stop()));
    });
    return Promise.all(
      this.#services.map(async ({ name, ready }) => ({ name, url: (await ready).url || 'ready' })),
    );
  }

  #listen(name: string, line: string): void {
    const level = /^\{"level":(\d+)/.exec(line)?.[1];
    if (level === undefined || Number(level) >= WARN) this.#complaints.push(`${name}: ${line}`);
  }
}

async function setUpAll(context: CommandContext): Promise<string[]> {
  const lines: string[] = [];
  await setUp(context, (step) => lines.push(setupLine(step)));
  await applyConfiguredJobs({}, context, (job) => lines.push(...appliedLines(job)));
  return lines;
}
