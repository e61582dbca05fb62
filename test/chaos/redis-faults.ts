import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisBinary } from '../../bin/local-redis.ts';
import { type RedisProcess, startRedisProcess } from '../../bin/redis-process.ts';
import type { Outages } from './outages.ts';

/** How long after a fault of Redis clients may still be on their way back. */
const RECONNECT_MS = 500;

/** A Redis of the storm's own, with its append-only file, and what can happen to it, one at a time. */
export class StormyRedis {
  readonly #binary: string;
  readonly #directory: string;
  readonly #outages: Outages;
  #server: RedisProcess;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(binary: string, directory: string, server: RedisProcess, outages: Outages) {
    this.#binary = binary;
    this.#directory = directory;
    this.#server = server;
    this.#outages = outages;
  }

  static async start(directory: string, outages: Outages): Promise<StormyRedis> {
    const binary = await redisBinary(process.env.PATH);
    if (binary === null) throw new Error('The storm needs redis-server or valkey-server on PATH.');
    return new StormyRedis(binary, directory, await startRedisProcess(binary, directory), outages);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Ends the server, whose file is complete then, and starts it again on the same port and file. */
  restart(downMs: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#server.stop();
      await pause(downMs);
      const port = Number(new URL(this.url).port);
      this.#server = await startRedisProcess(this.#binary, this.#directory, port);
      await pause(RECONNECT_MS);
    });
  }

  /** Stops the process in its tracks: connections stay, answers do not come. */
  freeze(forMs: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#server.signal('SIGSTOP');
      await pause(forMs);
      this.#server.signal('SIGCONT');
    });
  }

  /** Closes every connection but the one that asks for it. */
  cutConnections(): Promise<void> {
    return this.#inTurn(async () => {
      const redis = new Redis(this.url, { maxRetriesPerRequest: null });
      redis.on('error', () => {});
      for (const type of ['normal', 'pubsub'])
        await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      redis.disconnect();
      await pause(RECONNECT_MS);
    });
  }

  async stop(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#server.stop();
  }

  #inTurn(fault: () => Promise<void>): Promise<void> {
    const turn = this.#last.catch(() => {}).then(() => this.#outages.measure(fault));
    this.#last = turn;
    return turn;
  }
}
