import { foldLogRows } from '../../src/tables/log-fold.ts';
import { logRow } from './log-rows.ts';

describe('Folding a batch of log rows', () => {
  it('leaves one row per attempt, the terminal one', () => {
    const started = logRow({ status: 'STARTED', startTime: '2024-06-03T10:00:00.000Z' });
    const ended = logRow({ status: 'SUCCESS', startTime: null, endTime: '2024-06-03T10:01:00.000Z' });
    expect(foldLogRows([started, ended])).toEqual([{ ...ended, startTime: '2024-06-03T10:00:00.000Z' }]);
  });

  it('does not let a STARTED that comes late take back an end', () => {
    const ended = logRow({ status: 'FAILED', errorMessage: 'user_code/RUN_EXECUTION_ERROR: no' });
    const late = logRow({ status: 'STARTED', backfillJobId: '77' });
    expect(foldLogRows([ended, late])).toEqual([{ ...ended, backfillJobId: '77' }]);
  });

  it('keeps the first of two ends', () => {
    const first = logRow({ status: 'SUCCESS' });
    expect(foldLogRows([first, logRow({ status: 'FAILED', errorMessage: 'late' })])).toEqual([first]);
  });

  it('keeps attempts of different dates and numbers apart', () => {
    const rows = [
      logRow({}),
      logRow({ runId: 'b_2024-06-03_2', attempt: 2 }),
      logRow({ positionDate: '2024-06-04' }),
    ];
    expect(foldLogRows(rows)).toEqual(rows);
  });
});
