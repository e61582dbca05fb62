import { v5 as uuidV5 } from 'uuid';
import type { BackfillRecord } from '../queues/plan/backfill-record.ts';
import type { Signal, SignalOf } from '../queues/signals/signal.ts';
import type { Config } from '../src/config/config.ts';
import { jobDatasets } from '../src/lineage/job-datasets.ts';
import { backfillEvent, dateEvent, type EventType, type RunEvent } from '../src/lineage/run-event.ts';

/** Ours alone: makes an attempt's id the UUID that OpenLineage wants of a run, always the same. */
const ATTEMPT_NAMESPACE = 'b0a9a6c2-6b6e-4a55-9d5e-0c1f4d3b7e21';

const ENDS: Readonly<Record<string, EventType>> = {
  completed: 'COMPLETE',
  completed_with_failures: 'FAIL',
  cancelled: 'ABORT',
  succeeded: 'COMPLETE',
  failed: 'FAIL',
};

/** The run event that a signal stands for, or null for one that lineage does not know. */
export function lineageEvent(
  signal: Signal,
  backfill: BackfillRecord,
  { config, namespace }: { config: Config; namespace: string },
): RunEvent | null {
  if (!backfill.lineage) return null;
  const facts = { at: signal.at, namespace, job: backfill.job, backfillId: backfill.id };
  const date = (
    attempt: SignalOf<'run_started'> | SignalOf<'run_ended'>,
    type: EventType,
    message?: string,
  ) =>
    dateEvent({
      ...facts,
      type,
      runId: uuidV5(attempt.attempt_id, ATTEMPT_NAMESPACE),
      positionDate: attempt.position_date,
      positionEndDate: attempt.position_end_date ?? attempt.position_date,
      errorMessage: message ?? null,
      ...jobDatasets(
        config,
        { jobId: backfill.job_id, name: backfill.job },
        backfill.run_settings.parameters,
      ),
    });
  switch (signal.kind) {
    case 'created':
      return backfillEvent({ ...facts, type: 'START' });
    case 'ended':
      return backfillEvent({ ...facts, type: ENDS[signal.state] ?? 'ABORT' });
    case 'run_started':
      return date(signal, 'START');
    case 'run_ended':
      return date(signal, ENDS[signal.result] ?? 'ABORT', signal.error_message);
    case 'problem':
    case 'recovered':
      return null;
  }
}
