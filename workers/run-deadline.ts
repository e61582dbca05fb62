import type { AttemptGate } from '../queues/attempt-gate.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { type AttemptContext, factOf } from './attempt-context.ts';
import { pause } from './pause.ts';

const RECHECK_MS = 60_000;
/** Node's timers hold 32 bits. */
const MAX_PAUSE_MS = 24 * 60 * 60 * 1000;

/**
 * Cancels the run when it has run longer than its deadline. The time in Databricks' queue does not count:
 * a queued run is live and only waits. Never resolves; rejects when the attempt is lost.
 */
export async function enforceDeadline(options: {
  context: AttemptContext;
  gate: AttemptGate;
  client: WorkspaceClient;
  facts: FactBus;
  signal: AbortSignal;
}): Promise<never> {
  const { context, gate, client, facts, signal } = options;
  const runId = context.record.run_id ?? '';
  const deadlineMs = context.backfill.run_settings.run_deadline_ms;
  let delayMs = Math.max(0, Date.parse(context.record.started_at) + deadlineMs - Date.now());
  for (;;) {
    await pause(Math.min(delayMs, MAX_PAUSE_MS), signal);
    delayMs = RECHECK_MS;
    try {
      const run = await client.jobs.getRun(runId, { signal });
      const startedMs = run.startTimeMs || Date.now();
      const leftMs = startedMs + deadlineMs - Date.now();
      if (leftMs > 0) {
        delayMs = leftMs;
        continue;
      }
      if (run.phase === 'terminated') continue;
      await gate.markDeadline();
      context.record.deadline_passed = true;
      facts.emit({ type: 'run.deadline_passed', ...factOf(context), run_id: runId });
      await client.jobs.cancelRun(runId, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BackfillError)) throw error;
    }
  }
}
