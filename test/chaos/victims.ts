import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceProcess } from '../../bin/service-process.ts';

export interface VictimsOptions {
  readonly workers: number;
  /** The `backfill` script that they run. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logDir: string;
}

/** One place of the fleet: a worker process, or the one that follows it. */
interface Place {
  readonly name: string;
  readonly log: WriteStream;
  service: ServiceProcess | null;
  /** Only a worker that is at work makes a victim. */
  ready: boolean;
  /** A frozen or ending worker is left alone until it is back. */
  busy: boolean;
}

/** How long an exit took that was asked for by SIGTERM. */
export interface Exit {
  readonly worker: string;
  readonly atMs: number;
  readonly tookMs: number;
  readonly code: number | NodeJS.Signals;
}

/** Worker processes that are killed, ended and frozen, and started again. */
export class Victims {
  readonly exits: Exit[] = [];
  /** Ends that nobody asked for. */
  readonly untimelyEnds: string[] = [];
  readonly #options: VictimsOptions;
  readonly #places: Place[];
  #over = false;

  constructor(options: VictimsOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.workers }, (_, index) => {
      const name = `worker-${index + 1}`;
      const log = createWriteStream(join(options.logDir, `${name}.log`));
      return { name, log, service: null, ready: false, busy: false };
    });
  }

  /** Resolves when all have said that they are ready. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#open(place).ready));
  }

  /** Answers false when there was nobody to kill. */
  async kill(worker: number, backAfterMs: number): Promise<boolean> {
    return this.#strike(worker, async (place, service) => {
      service.signal('SIGKILL');
      await service.ended;
      await pause(backAfterMs);
      if (!this.#over) this.#open(place);
    });
  }

  async terminate(worker: number, backAfterMs: number): Promise<boolean> {
    return this.#strike(worker, async (place, service) => {
      const atMs = Date.now();
      service.signal('SIGTERM');
      const code = await service.ended;
      this.exits.push({ worker: place.name, atMs, tookMs: Date.now() - atMs, code });
      await pause(backAfterMs);
      if (!this.#over) this.#open(place);
    });
  }

  async freeze(worker: number, forMs: number): Promise<boolean> {
    return this.#strike(worker, async (_place, service) => {
      service.signal('SIGSTOP');
      await pause(forMs);
      service.signal('SIGCONT');
    });
  }

  /** Ends them all for good. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(
      this.#places.map(async (place) => {
        place.busy = true;
        place.service?.signal('SIGCONT');
        await place.service?.stop();
        place.log.end();
      }),
    );
  }

  /** The place meant, or the next one that is at work: a storm always finds a victim if there is one. */
  async #strike(worker: number, act: (place: Place, service: ServiceProcess) => Promise<void>) {
    const order = this.#places.map((_, step) => this.#places[(worker + step) % this.#places.length]);
    const place = order.find((candidate) => candidate?.ready && !candidate.busy);
    if (!place?.service || this.#over) return false;
    place.busy = true;
    await act(place, place.service);
    place.busy = false;
    return true;
  }

  #open(place: Place): ServiceProcess {
    const { env, cwd, script } = this.#options;
    const onLine = (line: string) => void place.log.write(`${line}\n`);
    const service = new ServiceProcess({ verb: 'worker', name: place.name, env, cwd, script, onLine });
    place.service = service;
    place.ready = false;
    service.ready.then(
      () => {
        if (place.service === service) place.ready = true;
      },
      () => {},
    );
    void service.ended.then((code) => {
      if (!place.busy && place.service === service)
        this.untimelyEnds.push(`${place.name} ended with ${code}`);
    });
    return service;
  }
}
