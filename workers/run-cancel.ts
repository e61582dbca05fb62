import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { untilAborted } from '../src/lifecycle/own-signal.ts';
import { type AttemptContext, factOf } from './attempt-context.ts';
import { pause } from './pause.ts';

const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** A cancel is asynchronous at Databricks and may be lost; it is asked for again while the run lives. */
const REPEAT_MS = 30_000;

/**
 * Cancels the run at Databricks once `cancelled` is aborted, again and again until the run's end ends
 * `signal`. Never resolves.
 */
export async function cancelWhenAsked(options: {
  context: AttemptContext;
  client: WorkspaceClient;
  facts: FactBus;
  cancelled: AbortSignal;
  signal: AbortSignal;
}): Promise<never> {
  const { context, client, facts, cancelled, signal } = options;
  await untilAborted([cancelled, signal]);
  const runId = context.record.run_id ?? '';
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    let delayMs = REPEAT_MS;
    try {
      await client.jobs.cancelRun(runId, { signal });
      if (failures === 0) facts.emit({ type: 'run.cancelled', ...factOf(context), run_id: runId });
      failures = 0;
    } catch (thrown) {
      signal.throwIfAborted();
      failures += 1;
      const error = toBackfillError(thrown);
      delayMs = error.retryAfterMs ?? Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** failures);
    }
    await pause(delayMs, signal);
  }
}
