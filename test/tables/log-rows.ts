import { type LogRow, LogRowSchema } from '../../src/tables/log-row.ts';

/** A valid log row of 2024-06-03, with what a test cares about on top. */
export function logRow(part: Partial<LogRow>): LogRow {
  return LogRowSchema.parse({
    runId: 'b_2024-06-03_1',
    positionDate: '2024-06-03',
    jobName: '02_process_data',
    jobId: '9007199254740993',
    status: 'STARTED',
    startTime: '2024-07-01T10:00:00.000Z',
    endTime: null,
    backfillJobId: null,
    errorMessage: null,
    creatorUserName: 'ada',
    runPageUrl: null,
    retryMetadata: null,
    backfillId: 'b',
    attempt: 1,
    positionEndDate: null,
    ...part,
  });
}
