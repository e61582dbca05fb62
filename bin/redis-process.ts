import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { BoundProcess } from './bound-process.ts';

const START_TRIES = 5;
const START_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 5_000;

export interface RedisProcess {
  readonly url: string;
  /** Sends a signal as it is; `stop` is the way to end the server. */
  signal(name: NodeJS.Signals): void;
  /** Ends the server and, unless the directory was given, removes its data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a private server on a free port of 127.0.0.1 that keeps an append-only file and never evicts.
 *
 * @param binary Path of `redis-server` or `valkey-server`.
 * @param directory Where the data stays; a temporary one, removed at the end, when left out.
 * @param ownPort Where it listens; a free port when left out.
 * @throws BackfillError `redis_unavailable` with what the server said.
 */
export async function startRedisProcess(
  binary: string,
  directory?: string,
  ownPort?: number,
): Promise<RedisProcess> {
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  for (let tries = 1; ; tries++) {
    const port = ownPort ?? (await freePort());
    const server = await spawnServer(binary, port, directory);
    try {
      await untilReady(server);
      return {
        url: `redis://127.0.0.1:${port}`,
        signal: (name) => void server.child.kill(name),
        stop: () => server.stop(),
      };
    } catch (failure) {
      await server.stop();
      // Between our look at the port and the server's, another process may have taken it.
      const portTaken = failure instanceof Error && failure.message.includes('Address already in use');
      if (!portTaken || tries === START_TRIES) throw failure;
    }
  }
}

async function spawnServer(binary: string, port: number, directory?: string): Promise<BoundProcess> {
  const dataDir = directory ?? (await mkdtemp(join(tmpdir(), 'backfill-redis-')));
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return new BoundProcess({
    command: binary,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    stopDeadlineMs: STOP_DEADLINE_MS,
    ...(directory === undefined && { disposableDir: dataDir }),
  });
}

async function untilReady(server: BoundProcess): Promise<void> {
  const { stdout, stderr } = server.child;
  let output = '';
  let ready = () => {};
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('Ready to accept connections')) ready();
  };
  stdout?.on('data', read);
  stderr?.on('data', read);
  let alarm: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<'ready'>((resolve) => {
      ready = () => resolve('ready');
    }),
    server.ended.then(() => 'ended at its start' as const),
    new Promise<'was not ready in 10 s'>((resolve) => {
      alarm = setTimeout(() => resolve('was not ready in 10 s'), START_DEADLINE_MS);
    }),
  ]);
  clearTimeout(alarm);
  // Nobody reads on, but a full pipe would stop the server.
  stdout?.removeListener('data', read).resume();
  stderr?.removeListener('data', read).resume();
  if (outcome === 'ready') return;
  const said = output.trim().split('\n').slice(-3).join(' ');
  throw new BackfillError('redis_unavailable', `Redis ${outcome}${said && `: ${said}`}`);
}

/** A port of 127.0.0.1 that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
