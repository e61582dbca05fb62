import ttypes from '@databricks/sql/thrift/TCLIService_types.js';
import { Int64 } from 'thrift';
import { NO_RESULT, type SqlResult } from '../result.ts';
import { SqlError } from '../sql-error.ts';
import { newIdentifier } from './handle.ts';
import { rowSet, tableSchema } from './row-set.ts';
import { SUCCESS } from './status.ts';

const { TOperationState, TSparkRowSetType } = ttypes;

/** A statement in the server: running, finished, failed or cancelled; its rows wait here to be fetched. */
export class Operation {
  readonly handle: ttypes.TOperationHandle;
  /** Settles, never rejecting, when the statement has ended. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  #outcome: { state: number; result: SqlResult; error: SqlError | null } = {
    state: TOperationState.RUNNING_STATE,
    result: NO_RESULT,
    error: null,
  };
  #fetched = 0;

  constructor(execute: (signal: AbortSignal) => Promise<SqlResult>) {
    this.handle = new ttypes.TOperationHandle({
      operationId: newIdentifier(),
      operationType: ttypes.TOperationType.EXECUTE_STATEMENT,
      hasResultSet: true,
    });
    this.ended = execute(this.#abort.signal).then(
      (result) => this.#finish(result),
      (error) => this.#fail(error),
    );
  }

  get isFinished(): boolean {
    return this.#outcome.state === TOperationState.FINISHED_STATE;
  }

  get hasMoreRows(): boolean {
    return this.#fetched < this.#outcome.result.rows.length;
  }

  cancel(): void {
    this.#abort.abort();
  }

  status(): ttypes.TGetOperationStatusResp {
    const { state, result, error } = this.#outcome;
    return new ttypes.TGetOperationStatusResp({
      status: SUCCESS,
      operationState: state,
      hasResultSet: this.handle.hasResultSet,
      ...(result.affectedRows === null ? {} : { numModifiedRows: new Int64(result.affectedRows) }),
      ...(error === null
        ? {}
        : {
            sqlState: error.sqlState,
            errorCode: 0,
            displayMessage: error.displayMessage,
            errorMessage: `org.apache.hive.service.cli.HiveSQLException: Error running query: ${error.displayMessage}`,
          }),
    });
  }

  metadata(): ttypes.TGetResultSetMetadataResp {
    return new ttypes.TGetResultSetMetadataResp({
      status: SUCCESS,
      schema: tableSchema(this.#outcome.result.columns),
      resultFormat: TSparkRowSetType.COLUMN_BASED_SET,
      lz4Compressed: false,
      isStagingOperation: false,
    });
  }

  /** The next rows; an empty page once all are fetched, which is what ends the driver's loop. */
  fetch(maxRows: number): ttypes.TFetchResultsResp {
    const from = this.#fetched;
    this.#fetched = Math.min(from + maxRows, this.#outcome.result.rows.length);
    return new ttypes.TFetchResultsResp({
      status: SUCCESS,
      hasMoreRows: this.hasMoreRows,
      results: rowSet(this.#outcome.result, from, this.#fetched),
    });
  }

  #finish(result: SqlResult): void {
    this.handle.hasResultSet = result.columns.length > 0;
    this.#outcome = { state: TOperationState.FINISHED_STATE, result, error: null };
  }

  #fail(error: unknown): void {
    this.handle.hasResultSet = false;
    const failure =
      error instanceof SqlError
        ? error
        : new SqlError('INTERNAL_ERROR', 'XX000', String(error), { cause: error });
    const state = this.#abort.signal.aborted ? TOperationState.CANCELED_STATE : TOperationState.ERROR_STATE;
    this.#outcome = { state, result: NO_RESULT, error: failure };
  }
}
