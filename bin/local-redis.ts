import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { checkRedis } from '../queues/redis/connection.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { installRedis } from './redis-install.ts';
import { startRedisProcess } from './redis-process.ts';

export interface LocalRedis {
  readonly url: string;
  /** `configured`: REDIS_URL, left running. `started`: a private server. `installed`: the same, after apt-get. */
  readonly how: 'configured' | 'started' | 'installed';
  /** Ends what was started here; does nothing for a configured one. */
  stop(): Promise<void>;
}

export interface FindRedisOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told what is done, one line at a time. */
  readonly onNotice: (line: string) => void;
  /** Where a private server keeps its data; a temporary directory when left out. */
  readonly directory?: string;
  /** Effective user id; only root may install. */
  readonly uid?: number;
}

const SERVERS = ['redis-server', 'valkey-server'];

/** Path of a server on PATH, or null. */
export function redisBinary(path: string | undefined): Promise<string | null> {
  return firstOnPath(SERVERS, path);
}

/**
 * A Redis to work with: that of REDIS_URL, else a private server from PATH, else one installed by apt-get
 * when we are root.
 *
 * @throws BackfillError `redis_unavailable` when REDIS_URL does not answer or a server does not start;
 *   `configuration_invalid` when there is none, with the ways to get one.
 */
export async function findRedis(options: FindRedisOptions): Promise<LocalRedis> {
  const { env, onNotice, directory } = options;
  if (env.REDIS_URL) {
    const { warnings } = await checkRedis(env.REDIS_URL);
    for (const warning of warnings) onNotice(warning);
    return { url: env.REDIS_URL, how: 'configured', stop: async () => {} };
  }
  const present = await redisBinary(env.PATH);
  if (present !== null) return { how: 'started', ...(await startRedisProcess(present, directory)) };

  const uid = options.uid ?? process.geteuid?.();
  if (uid !== 0 || (await firstOnPath(['apt-get'], env.PATH)) === null) throw noRedis();
  onNotice('No Redis here: installing the Debian package redis-server (apt-get).');
  await installRedis(onNotice);
  const installed = await redisBinary(env.PATH);
  if (installed === null) throw noRedis();
  return { how: 'installed', ...(await startRedisProcess(installed, directory)) };
}

async function firstOnPath(names: readonly string[], path = ''): Promise<string | null> {
  for (const name of names) {
    for (const directory of path.split(delimiter).filter((entry) => entry !== '')) {
      const candidate = join(directory, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function noRedis(): BackfillError {
  return new BackfillError(
    'configuration_invalid',
    'No Redis found: set REDIS_URL to one that runs, or install a server (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis), or start one with docker run -p 6379:6379 redis:7 and set REDIS_URL=redis://127.0.0.1:6379.',
  );
}
