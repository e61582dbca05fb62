import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisBinary } from '../../bin/local-redis.ts';
import { type RedisProcess, startRedisProcess } from '../../bin/redis-process.ts';

/** A Redis of this test file's own, which it may pause, end and start again with what it has on disk. */
export class PrivateRedis {
  readonly url: string;
  readonly #binary: string;
  #directory: string;
  #server: RedisProcess | null;

  private constructor(binary: string, directory: string, server: RedisProcess) {
    this.url = server.url;
    this.#binary = binary;
    this.#directory = directory;
    this.#server = server;
  }

  static async start(): Promise<PrivateRedis> {
    const binary = await redisBinary(process.env.PATH);
    if (binary === null) throw new Error('Install redis-server: these tests end and pause one of their own.');
    const directory = await mkdtemp(join(tmpdir(), 'private-redis-'));
    return new PrivateRedis(binary, directory, await startRedisProcess(binary, directory));
  }

  /** Connections stay, answers do not come. */
  pause(): void {
    this.#server?.signal('SIGSTOP');
  }

  /** Ends the server; its append-only file stays. */
  async end(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /** Goes on after a pause or an end, on the same port. */
  async goOn(): Promise<void> {
    this.#server?.signal('SIGCONT');
    this.#server ??= await startRedisProcess(this.#binary, this.#directory, Number(new URL(this.url).port));
  }

  /**
   * Starts a replica, and answers how to make it fall behind (from then on it hears of nothing) and how to
   * promote it: it takes the place of this server, which ends without a farewell.
   */
  async replica(): Promise<{ fallBehind: () => Promise<void>; promote: () => Promise<void> }> {
    const directory = await mkdtemp(join(tmpdir(), 'replica-redis-'));
    const replica = await startRedisProcess(this.#binary, directory);
    const connection = new Redis(replica.url);
    const port = Number(new URL(this.url).port);
    await connection.replicaof('127.0.0.1', port);
    while (!(await connection.info('replication')).includes('master_link_status:up')) await pause(20);
    return {
      fallBehind: async () => void (await connection.replicaof('NO', 'ONE')),
      promote: async () => {
        connection.disconnect();
        await replica.stop();
        this.#server?.signal('SIGKILL');
        await this.end();
        await rm(this.#directory, { recursive: true, force: true });
        this.#directory = directory;
        await this.goOn();
      },
    };
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
