import { z } from 'zod';
import { IdSchema, MillisecondsSchema, TextSchema } from './json.ts';
import { classifyTermination, type RunOutcome } from './run-outcome.ts';

export type RunPhase = 'queued' | 'pending' | 'running' | 'terminating' | 'terminated';

/** A run of a job. Instants are epoch milliseconds. */
export interface Run {
  runId: string;
  jobId: string;
  runPageUrl: string | null;
  creatorUserName: string | null;
  /** When the run left the queue; 0 while it has not. */
  startTimeMs: number;
  endTimeMs: number | null;
  /** From start to end, or null while the run is not terminated. */
  runDurationMs: number | null;
  queueDurationMs: number;
  /** What the run was started with: notebook parameters, overlaid by job parameters. */
  parameters: Readonly<Record<string, string>>;
  tasks: readonly RunTask[];
  phase: RunPhase;
  /** Null while the run is not terminated. */
  outcome: RunOutcome | null;
}

export interface RunTask {
  /** Id for `runs/get-output`. */
  runId: string;
  taskKey: string;
  /** Whether this task ended by an error of its own. */
  failed: boolean;
}

/** `status` of the Jobs API 2.2. States and codes are open sets: Databricks adds to them. */
const StatusSchema = z.object({
  state: TextSchema,
  termination_details: z.object({ code: TextSchema, type: TextSchema, message: TextSchema }).nullish(),
});

/** `state`, which Databricks calls deprecated and still sends, and older workspaces send alone. */
const LegacyStateSchema = z.object({
  life_cycle_state: TextSchema,
  result_state: TextSchema,
  state_message: TextSchema,
  user_cancelled_or_timedout: z.boolean().nullish(),
});

const RunStateSchema = z.object({ status: StatusSchema.nullish(), state: LegacyStateSchema.nullish() });

type RunState = z.output<typeof RunStateSchema>;

const TaskSchema = RunStateSchema.extend({ run_id: IdSchema, task_key: z.string() });

const JobParameterSchema = z.object({ name: z.string(), default: TextSchema, value: z.string().nullish() });

const WireRunSchema = RunStateSchema.extend({
  run_id: IdSchema,
  job_id: IdSchema,
  run_page_url: TextSchema,
  creator_user_name: TextSchema,
  start_time: MillisecondsSchema,
  end_time: MillisecondsSchema,
  run_duration: MillisecondsSchema,
  queue_duration: MillisecondsSchema,
  job_parameters: z.array(JobParameterSchema).nullish(),
  overriding_parameters: z.object({ notebook_params: z.record(z.string(), z.string()).nullish() }).nullish(),
  tasks: z.array(TaskSchema).nullish(),
});

/** A run as `runs/get` and `runs/list` send it. The new `status` is believed before the legacy `state`. */
export const RunSchema = WireRunSchema.transform((wire): Run => {
  const phase = phaseOf(wire);
  const tasks = (wire.tasks ?? []).map(toTask);
  const endTimeMs = wire.end_time === 0 ? null : wire.end_time;
  const startTimeMs = phase === 'queued' ? 0 : startOf(wire);
  return {
    runId: wire.run_id,
    jobId: wire.job_id,
    runPageUrl: wire.run_page_url,
    creatorUserName: wire.creator_user_name,
    startTimeMs,
    endTimeMs,
    runDurationMs:
      phase === 'terminated'
        ? wire.run_duration || Math.max(0, (endTimeMs ?? startTimeMs) - startTimeMs)
        : null,
    queueDurationMs: wire.queue_duration,
    parameters: parametersOf(wire),
    tasks,
    phase,
    outcome: phase === 'terminated' ? outcomeOf(wire, tasks) : null,
  };
});

/** `start_time` is when the run was asked for; the time that it spent in the queue comes on top. */
function startOf(wire: z.output<typeof WireRunSchema>): number {
  const startMs = wire.start_time + wire.queue_duration;
  return wire.end_time === 0 ? startMs : Math.min(startMs, wire.end_time);
}

const PHASE_OF_STATUS: Readonly<Record<string, RunPhase>> = {
  QUEUED: 'queued',
  PENDING: 'pending',
  BLOCKED: 'pending',
  WAITING: 'running',
  RUNNING: 'running',
  TERMINATING: 'terminating',
  TERMINATED: 'terminated',
};

const PHASE_OF_LIFE_CYCLE: Readonly<Record<string, RunPhase>> = {
  QUEUED: 'queued',
  PENDING: 'pending',
  BLOCKED: 'pending',
  RUNNING: 'running',
  WAITING_FOR_RETRY: 'running',
  TERMINATING: 'terminating',
  TERMINATED: 'terminated',
  SKIPPED: 'terminated',
  INTERNAL_ERROR: 'terminated',
};

/** A state that is not known yet counts as running: taking a live run for dead could start it twice. */
function phaseOf({ status, state }: RunState): RunPhase {
  return (
    PHASE_OF_STATUS[status?.state ?? ''] ?? PHASE_OF_LIFE_CYCLE[state?.life_cycle_state ?? ''] ?? 'running'
  );
}

function toTask(wire: z.output<typeof TaskSchema>): RunTask {
  const failed =
    phaseOf(wire) === 'terminated' &&
    (wire.state?.result_state === 'FAILED' ||
      wire.status?.termination_details?.code === 'RUN_EXECUTION_ERROR');
  return { runId: wire.run_id, taskKey: wire.task_key, failed };
}

function outcomeOf({ status, state }: RunState, tasks: readonly RunTask[]): RunOutcome {
  const details = status?.termination_details;
  return classifyTermination({
    code: details?.code ?? null,
    type: details?.type ?? null,
    message: details?.message ?? state?.state_message ?? null,
    lifeCycleState: state?.life_cycle_state ?? null,
    resultState: state?.result_state ?? null,
    cancelledOrTimedOut: state?.user_cancelled_or_timedout ?? null,
    taskFailed: tasks.some((task) => task.failed),
  });
}

function parametersOf(wire: z.output<typeof WireRunSchema>): Record<string, string> {
  const ofJob = (wire.job_parameters ?? []).map(({ name, value, default: fallback }) => [
    name,
    value ?? fallback ?? '',
  ]);
  return { ...wire.overriding_parameters?.notebook_params, ...Object.fromEntries(ofJob) };
}
