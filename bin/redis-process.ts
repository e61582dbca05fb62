import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackfillError } from '../src/errors/backfill-error.ts';

/**
 * Becomes the server, after leaving a watcher that ends it (and removes the directory it may) as soon as the
 * pipe on descriptor 3 closes: that happens however our process ends, SIGKILL included.
 */
const BOUND_TO_OUR_LIFE = `
disposable=$1; shift
{ cat; kill -TERM $$; [ -z "$disposable" ] || rm -rf "$disposable"; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

const START_TRIES = 5;
const START_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 5_000;

export interface RedisProcess {
  readonly url: string;
  /** Ends the server and, unless the directory was given, removes its data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a private server on a free port of 127.0.0.1 that keeps an append-only file and never evicts. It
 * stays out of the terminal's process group, so that Ctrl-C reaches it only through `stop`.
 *
 * @param binary Path of `redis-server` or `valkey-server`.
 * @param directory Where the data stays; a temporary one, removed at the end, when left out.
 * @throws BackfillError `redis_unavailable` with what the server said.
 */
export async function startRedisProcess(binary: string, directory?: string): Promise<RedisProcess> {
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const dataDir = directory ?? (await mkdtemp(join(tmpdir(), 'backfill-redis-')));
  const disposable = directory === undefined ? dataDir : '';
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = spawnServer(binary, port, dataDir, disposable);
    try {
      await untilReady(server);
      return { url: `redis://127.0.0.1:${port}`, stop: () => stopServer(server, disposable) };
    } catch (failure) {
      // Between our look at the port and the server's, another process may have taken it.
      const portTaken = failure instanceof Error && failure.message.includes('Address already in use');
      if (portTaken && tries < START_TRIES) continue;
      await stopServer(server, disposable);
      throw failure;
    }
  }
}

function spawnServer(binary: string, port: number, dataDir: string, disposable: string): ChildProcess {
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
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return spawn('sh', ['-c', BOUND_TO_OUR_LIFE, 'sh', disposable, binary, ...flags], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string, cause?: unknown) => {
      const said = output.trim().split('\n').slice(-3).join(' ');
      reject(new BackfillError('redis_unavailable', `Redis ${what}${said && `: ${said}`}`, { cause }));
    };
    const alarm = setTimeout(() => fail('was not ready in 10 s'), START_DEADLINE_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (!output.includes('Ready to accept connections')) return;
      clearTimeout(alarm);
      resolve();
      // Nobody reads on, but a full pipe would stop the server.
      server.stdout?.removeListener('data', read).resume();
      server.stderr?.removeListener('data', read).resume();
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('error', (cause) => {
      clearTimeout(alarm);
      fail('could not be started', cause);
    });
    server.once('close', () => {
      clearTimeout(alarm);
      fail('ended at its start');
    });
  });
}

async function stopServer(server: ChildProcess, disposable: string): Promise<void> {
  if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    const alarm = setTimeout(() => server.kill('SIGKILL'), STOP_DEADLINE_MS);
    await gone;
    clearTimeout(alarm);
  }
  for (const stream of server.stdio) stream?.destroy();
  if (disposable !== '') await rm(disposable, { recursive: true, force: true });
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
