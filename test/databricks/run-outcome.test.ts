import { RunSchema } from '../../src/databricks/run.ts';
import { withTaskError } from '../../src/databricks/run-outcome.ts';

function ended(code: string, type = 'CLIENT_ERROR', message = 'why') {
  return RunSchema.parse({
    run_id: 7,
    job_id: 1,
    start_time: 1_000,
    end_time: 5_000,
    status: { state: 'TERMINATED', termination_details: { code, type, message } },
  }).outcome;
}

function legacyEnd(state: Record<string, unknown>, tasks: unknown[] = []) {
  return RunSchema.parse({ run_id: 7, job_id: 1, start_time: 1_000, end_time: 5_000, state, tasks }).outcome;
}

describe('how a run ended, by its termination code', () => {
  test('SUCCESS is a success without a warning', () => {
    expect(ended('SUCCESS', 'SUCCESS')).toEqual({ kind: 'succeeded', warning: null });
  });

  test('SUCCESS_WITH_FAILURES is a success that warns', () => {
    expect(ended('SUCCESS_WITH_FAILURES', 'SUCCESS', 'task b failed')).toEqual({
      kind: 'succeeded',
      warning: 'SUCCESS_WITH_FAILURES: task b failed',
    });
  });

  test.each([
    'INTERNAL_ERROR',
    'DRIVER_ERROR',
    'CLUSTER_ERROR',
    'CLOUD_FAILURE',
    'REPOSITORY_CHECKOUT_FAILED',
    'STORAGE_ACCESS_ERROR',
    'BREAKING_CHANGE',
  ])('%s is a failure of the platform', (code) => {
    expect(ended(code)).toEqual({ kind: 'failed', class: 'platform', code, message: 'why' });
  });

  test('CANCELED, which the platform does, is a time-out', () => {
    expect(ended('CANCELED')).toEqual({ kind: 'failed', class: 'timeout', code: 'CANCELED', message: 'why' });
  });

  test.each(['RUN_EXECUTION_ERROR', 'LIBRARY_INSTALLATION_ERROR', 'CLUSTER_TERMINATED_BY_USER'])(
    '%s is a failure of user code',
    (code) => {
      expect(ended(code)).toEqual({ kind: 'failed', class: 'user_code', code, message: 'why' });
    },
  );

  test.each([
    'INVALID_RUN_CONFIGURATION',
    'INVALID_CLUSTER_REQUEST',
    'UNAUTHORIZED_ERROR',
    'RESOURCE_NOT_FOUND',
    'FEATURE_DISABLED',
    'BUDGET_POLICY_LIMIT_EXCEEDED',
  ])('%s is a failure of the configuration', (code) => {
    expect(ended(code)).toEqual({ kind: 'failed', class: 'configuration', code, message: 'why' });
  });

  test.each(['USER_CANCELED', 'DISABLED'])('%s is a person stopping it', (code) => {
    expect(ended(code)).toEqual({ kind: 'cancelled', code, message: 'why' });
  });

  test.each([
    'SKIPPED',
    'MAX_CONCURRENT_RUNS_EXCEEDED',
    'MAX_JOB_QUEUE_SIZE_EXCEEDED',
    'MAX_SPARK_CONTEXTS_EXCEEDED',
    'WORKSPACE_RUN_LIMIT_EXCEEDED',
    'CLUSTER_REQUEST_LIMIT_EXCEEDED',
  ])('%s means that it never ran', (code) => {
    expect(ended(code, 'INTERNAL_ERROR')).toEqual({ kind: 'refused', code, message: 'why' });
  });

  test.each([
    ['CLIENT_ERROR', 'user_code'],
    ['INTERNAL_ERROR', 'platform'],
    ['CLOUD_FAILURE', 'platform'],
    ['A_TYPE_OF_TOMORROW', 'platform'],
  ])('a code of tomorrow with type %s counts as %s', (type, failureClass) => {
    expect(ended('A_CODE_OF_TOMORROW', type)).toEqual({
      kind: 'failed',
      class: failureClass,
      code: 'A_CODE_OF_TOMORROW',
      message: 'why',
    });
  });

  test('a code of tomorrow with type SUCCESS is a success that warns', () => {
    expect(ended('PARTLY', 'SUCCESS')).toEqual({ kind: 'succeeded', warning: 'PARTLY: why' });
  });

  test.each([
    '[DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES] Transaction conflict detected. Please retry the operation.',
    'Files were added by a concurrent update. SQLSTATE: 2D521',
  ])('a write lost against another is the platform failing: %s', (message) => {
    expect(ended('RUN_EXECUTION_ERROR', 'CLIENT_ERROR', message)).toEqual({
      kind: 'failed',
      class: 'platform',
      code: 'RUN_EXECUTION_ERROR',
      message,
    });
  });
});

describe('how a run ended, by the legacy state', () => {
  test.each([
    [{ result_state: 'SUCCESS' }, { kind: 'succeeded', warning: null }],
    [{ result_state: 'FAILED', state_message: 'm' }, failed('user_code', 'RUN_EXECUTION_ERROR')],
    [{ result_state: 'TIMEDOUT', state_message: 'm' }, failed('timeout', 'TIMEDOUT')],
    [{ result_state: 'CANCELED', state_message: 'm' }, stopped('cancelled', 'USER_CANCELED')],
    [
      { result_state: 'CANCELED', state_message: 'm', user_cancelled_or_timedout: false },
      failed('timeout', 'CANCELED'),
    ],
    [{ result_state: 'DISABLED', state_message: 'm' }, stopped('cancelled', 'DISABLED')],
    [{ result_state: 'UPSTREAM_FAILED', state_message: 'm' }, failed('user_code', 'UPSTREAM_FAILED')],
    [{ result_state: 'EXCLUDED', state_message: 'm' }, failed('configuration', 'EXCLUDED')],
  ])('TERMINATED with %j', (state, outcome) => {
    expect(legacyEnd({ life_cycle_state: 'TERMINATED', ...state })).toEqual(outcome);
  });

  test('SKIPPED because the job was full means that it never ran', () => {
    const state = { life_cycle_state: 'SKIPPED', result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED' };
    expect(legacyEnd({ ...state, state_message: 'm' })).toEqual(
      stopped('refused', 'MAXIMUM_CONCURRENT_RUNS_REACHED'),
    );
    expect(legacyEnd({ life_cycle_state: 'SKIPPED', state_message: 'm' })).toEqual(
      stopped('refused', 'SKIPPED'),
    );
  });

  test('INTERNAL_ERROR alone is the platform failing', () => {
    const state = { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', state_message: 'm' };
    expect(legacyEnd(state)).toEqual(failed('platform', 'INTERNAL_ERROR'));
  });

  test('INTERNAL_ERROR over a task that raised an error is user code failing', () => {
    const state = { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', state_message: 'm' };
    const task = {
      run_id: 8,
      task_key: 'main',
      state: { life_cycle_state: 'TERMINATED', result_state: 'FAILED' },
    };
    expect(legacyEnd(state, [task])).toEqual(failed('user_code', 'RUN_EXECUTION_ERROR'));
  });

  test('INTERNAL_ERROR with the message of a failed workload is user code failing', () => {
    const message = 'Task main failed with message: Workload failed, see run output for details.';
    const state = { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', state_message: message };
    expect(legacyEnd(state)).toMatchObject({ class: 'user_code', message });
  });

  test('a run that says nothing about its end is the platform failing', () => {
    expect(RunSchema.parse({ run_id: 7, job_id: 1, status: { state: 'TERMINATED' } }).outcome).toEqual({
      kind: 'failed',
      class: 'platform',
      code: 'UNKNOWN',
      message: '',
    });
  });
});

describe('when both shapes are there', () => {
  test('the new code is believed before the legacy INTERNAL_ERROR', () => {
    const run = RunSchema.parse({
      run_id: 7,
      job_id: 1,
      state: { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' },
      status: {
        state: 'TERMINATED',
        termination_details: { code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR', message: 'm' },
      },
    });
    expect(run.outcome).toEqual(failed('user_code', 'RUN_EXECUTION_ERROR'));
  });

  test('a legacy TIMEDOUT tells a time-out from other failures', () => {
    const run = RunSchema.parse({
      run_id: 7,
      job_id: 1,
      state: { life_cycle_state: 'TERMINATED', result_state: 'TIMEDOUT' },
      status: {
        state: 'TERMINATED',
        termination_details: { code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR', message: 'm' },
      },
    });
    expect(run.outcome).toEqual(failed('timeout', 'RUN_EXECUTION_ERROR'));
  });

  test.each([
    ['QUEUED', 'queued'],
    ['PENDING', 'pending'],
    ['BLOCKED', 'pending'],
    ['RUNNING', 'running'],
    ['WAITING', 'running'],
    ['TERMINATING', 'terminating'],
    ['A_STATE_OF_TOMORROW', 'running'],
  ])('a run that is %s is %s and has no outcome', (state, phase) => {
    const run = RunSchema.parse({ run_id: 7, job_id: 1, start_time: 9, status: { state } });
    expect(run).toMatchObject({ phase, outcome: null, runDurationMs: null });
    expect(run.startTimeMs).toBe(phase === 'queued' ? 0 : 9);
  });
});

describe('when a run started', () => {
  const asked = { run_id: 7, job_id: 1, start_time: 1_000, queue_duration: 300 };

  test('is when it left the queue, so that waiting does not use up its time limit', () => {
    expect(RunSchema.parse({ ...asked, status: { state: 'RUNNING' } })).toMatchObject({
      startTimeMs: 1_300,
      queueDurationMs: 300,
      endTimeMs: null,
    });
  });

  test('is never after its end', () => {
    const run = RunSchema.parse({ ...asked, end_time: 1_200, status: { state: 'TERMINATED' } });
    expect(run).toMatchObject({ startTimeMs: 1_200, endTimeMs: 1_200 });
  });
});

describe('what the failed task printed', () => {
  const vague = failed('user_code', 'RUN_EXECUTION_ERROR');

  test('replaces the vague message of the run', () => {
    expect(withTaskError(vague, 'division by zero')).toEqual({ ...vague, message: 'division by zero' });
  });

  test('reveals a lost write, which is then worth another attempt', () => {
    const message = '[DELTA_CONCURRENT_DELETE_READ] Please retry the operation.';
    expect(withTaskError(vague, message)).toEqual({ ...vague, class: 'platform', message });
  });

  test('leaves the message where nothing was printed, and leaves other outcomes', () => {
    expect(withTaskError(vague, null)).toEqual(vague);
    expect(withTaskError(stopped('cancelled', 'USER_CANCELED'), 'x')).toEqual(
      stopped('cancelled', 'USER_CANCELED'),
    );
  });
});

function failed(failureClass: 'platform' | 'timeout' | 'user_code' | 'configuration', code: string) {
  return { kind: 'failed' as const, class: failureClass, code, message: 'm' };
}

function stopped(kind: 'cancelled' | 'refused', code: string) {
  return { kind, code, message: 'm' };
}
