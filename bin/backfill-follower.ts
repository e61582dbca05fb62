import { setTimeout as pause } from 'node:timers/promises';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { type BackfillAnswer, BackfillAnswerSchema, hasEnded } from './rest-answers.ts';
import type { RestClient } from './rest-client.ts';

export interface FollowOptions {
  readonly client: RestClient;
  readonly id: string;
  /** Told of every change of the backfill. */
  readonly onChange: (backfill: BackfillAnswer) => void;
  /** How long to wait for the last log rows after the end; 60 s by default. */
  readonly logPatienceMs?: number;
}

const RECONNECT_DELAY_MS = 1_000;
const SILENCE_LIMIT_MS = 60_000;

/**
 * Waits for the end of a backfill and for its log rows: by server-sent events, and by asking again wherever
 * the stream breaks.
 *
 * @throws BackfillError `web_unavailable` when the web process stays silent for a minute.
 */
export async function followBackfill(options: FollowOptions): Promise<BackfillAnswer> {
  const { client, id, onChange, logPatienceMs = 60_000 } = options;
  const path = `/api/backfills/${encodeURIComponent(id)}`;
  const done = new AbortController();
  let logAlarm: NodeJS.Timeout | null = null;
  let latest: BackfillAnswer | null = null;
  let lastEventId: string | null = null;
  let heardAtMs = Date.now();

  const hear = (body: unknown) => {
    latest = BackfillAnswerSchema.parse(body);
    heardAtMs = Date.now();
    onChange(latest);
    if (!hasEnded(latest)) return;
    if (latest.log_pending === 0) done.abort();
    else logAlarm ??= setTimeout(() => done.abort(), logPatienceMs);
  };

  try {
    while (!done.signal.aborted) {
      try {
        hear(await client.get(path));
        for await (const event of client.events(`${path}/events`, lastEventId, done.signal)) {
          lastEventId = event.id ?? lastEventId;
          if (event.name === 'backfill') hear(event.data);
          if (done.signal.aborted) break;
        }
      } catch (failure) {
        if (done.signal.aborted) break;
        if (isAnswer(failure)) throw failure;
        if (Date.now() - heardAtMs > SILENCE_LIMIT_MS) throw silent(client.url, id, failure);
      }
      if (!done.signal.aborted) await pause(RECONNECT_DELAY_MS);
    }
  } finally {
    clearTimeout(logAlarm ?? undefined);
  }
  if (latest === null) throw new Error('nothing heard');
  return latest;
}

/** Whether the web process said so itself, and would say it again. */
function isAnswer(failure: unknown): failure is BackfillError {
  return failure instanceof BackfillError && !failure.retryable;
}

function silent(url: string, id: string, cause: unknown): BackfillError {
  return new BackfillError(
    'web_unavailable',
    `The web process at ${url} has not answered for a minute. The workers go on without it; ask later with "backfill status ${id}".`,
    { cause },
  );
}
