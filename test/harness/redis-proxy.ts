import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type RedisCommand, RedisCommands } from './redis-commands.ts';

export interface HoldPoint {
  /** The first command that matches is held, and with it everything that its connection sends after it. */
  readonly command: (words: readonly string[]) => boolean;
  /**
   * How much of the command Redis still gets: nothing; its first half, as when the sender dies sending; or all,
   * while the sender hears nothing more, as when the answer is lost.
   */
  readonly sends: 'nothing' | 'half' | 'all';
}

/** Answered by Redis after the command before it has had its effect. */
const MARK = 'held-command-done';
const ECHO_MARK = `*2\r\n$4\r\nECHO\r\n$${MARK.length}\r\n${MARK}\r\n`;

/**
 * Stands between a process of ours and Redis, and stops the process at a chosen command: between two commands
 * is where a crash can come. Close it in afterEach.
 */
export class RedisProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #point: (HoldPoint & { readonly reached: () => void }) | null = null;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(redisUrl: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(new URL(redisUrl));
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** What the process takes for its REDIS_URL. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Resolves when a command of any connection is held there. It is never let go: its sender shall die. */
  hold(point: HoldPoint): Promise<void> {
    return new Promise((reached) => {
      this.#point = { ...point, reached };
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const redis = connect(Number(this.#target.port || 6379), this.#target.hostname);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    redis.pipe(client);
    const commands = new RedisCommands();
    let held = false;
    client.on('data', (chunk: Buffer) => {
      for (const command of commands.take(chunk)) {
        held ||= this.#holds(command, client, redis);
        if (!held) redis.write(command.bytes);
      }
    });
  }

  #holds({ words, bytes }: RedisCommand, client: Socket, redis: Socket): boolean {
    const point = this.#point;
    if (!point?.command(words)) return false;
    this.#point = null;
    switch (point.sends) {
      case 'nothing':
        point.reached();
        break;
      case 'half':
        redis.write(bytes.subarray(0, bytes.length / 2), () => point.reached());
        break;
      case 'all':
        redis.unpipe(client);
        whenSaid(MARK, redis, point.reached);
        redis.write(bytes);
        redis.write(ECHO_MARK);
        break;
    }
    return true;
  }
}

function whenSaid(text: string, socket: Socket, then: () => void): void {
  let said = '';
  const look = (chunk: Buffer) => {
    // The text may come in two pieces.
    said = said.slice(-text.length) + chunk.toString('latin1');
    if (!said.includes(text)) return;
    socket.off('data', look).resume();
    then();
  };
  // A stream that was unpiped stands still until told to flow.
  socket.on('data', look).resume();
}
