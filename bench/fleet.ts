import type { CommandContext } from '../bin/command-context.ts';
import type { RestClient } from '../bin/rest-client.ts';
import { BuiltService } from './built-service.ts';
import type { ProductBuild } from './product-build.ts';

export interface FleetOptions {
  readonly build: ProductBuild;
  readonly context: CommandContext;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** The web process and the workers of a stack; workers come and go as a suite wants it. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #workers: BuiltService[] = [];
  #web: BuiltService | null = null;
  #client: RestClient | null = null;
  #started = 0;
  #stopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Calls of the web process. */
  get client(): RestClient {
    if (this.#client === null) throw new Error('The stack has no web process.');
    return this.#client;
  }

  get web(): BuiltService {
    if (this.#web === null) throw new Error('The stack has no web process.');
    return this.#web;
  }

  /** The one that has been there longest. */
  get oldestWorker(): BuiltService {
    const [oldest] = this.#workers;
    if (oldest === undefined) throw new Error('The stack has no worker.');
    return oldest;
  }

  async startWeb(): Promise<void> {
    const { context, env } = this.#options;
    this.#web = this.#open('web', 'web');
    const { url } = await this.#web.ready;
    this.#client = await context.withEnvironment({ ...env, BACKFILL_URL: url }).restClient();
  }

  /** Resolves when all of them are ready. */
  async startWorkers(count: number): Promise<void> {
    const started = Array.from({ length: count }, () => {
      this.#started += 1;
      return this.#open('worker', `worker ${this.#started}`);
    });
    this.#workers.push(...started);
    await Promise.all(started.map(({ ready }) => ready));
  }

  /** Starts or stops workers until there are as many. */
  async resize(workers: number): Promise<void> {
    await this.startWorkers(Math.max(0, workers - this.#workers.length));
    while (this.#workers.length > workers) await this.stopOldestWorker();
  }

  /** As a deployment does: it hands over what it holds. */
  async stopOldestWorker(): Promise<void> {
    await this.#workers.shift()?.stop();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#workers.splice(0), this.#web].map((service) => service?.stop()));
  }

  #open(verb: 'web' | 'worker', name: string): BuiltService {
    if (this.#stopping) throw new Error('The stack is being stopped.');
    const { build, env, cwd } = this.#options;
    return new BuiltService({ verb, name, build, env, cwd });
  }
}
