import { BackfillError } from '../src/errors/backfill-error.ts';

/** What ioredis says when no answer of Redis came; it has no common class for these. */
const LOST = /^(Connection is closed\.|Command timed out|Stream isn't writeable)/;
/** Redis answers, but cannot serve: it loads its file, has no memory, is a replica, or lost its disk. */
const UNFIT = /^(LOADING|OOM|READONLY|MASTERDOWN|MISCONF|CLUSTERDOWN|NOAUTH|NOPERM|WRONGPASS)\b/;
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/** The error to answer when Redis failed, or null when it was something else. */
export function redisFailure(thrown: unknown): BackfillError | null {
  if (!(thrown instanceof Error)) return null;
  if (UNFIT.test(thrown.message)) {
    const [kind] = thrown.message.split(' ');
    return unavailable(`Redis cannot serve at the moment (${kind}); see the log of Redis.`, thrown);
  }
  const code = 'code' in thrown ? String(thrown.code) : '';
  const lost = thrown.name === 'MaxRetriesPerRequestError' || LOST.test(thrown.message) || SOCKET.has(code);
  return lost
    ? unavailable(
        'Redis does not answer. Start it or check REDIS_URL; this process reconnects by itself.',
        thrown,
      )
    : null;
}

function unavailable(message: string, cause: Error): BackfillError {
  return new BackfillError('redis_unavailable', message, { cause });
}
