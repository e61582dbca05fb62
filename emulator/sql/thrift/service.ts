import ttypes from '@databricks/sql/thrift/TCLIService_types.js';
import type { SqlEngine, SqlSession } from '../engine.ts';
import { SqlError } from '../sql-error.ts';
import { MAX_PARAMETERS, type Parameters } from '../syntax/parameters.ts';
import { keyOf, newIdentifier, uuidOf } from './handle.ts';
import { Operation } from './operation.ts';
import { ThriftRequestError } from './request-error.ts';
import { failure, SUCCESS } from './status.ts';

/** A statement that takes longer is answered as running, and the client asks again. */
const ANSWER_WITHIN_MS = 2_000;
/** Rows sent with the answer where the client names no number. */
const DEFAULT_ROWS = 100_000;

interface Session {
  session: SqlSession;
  operations: Set<string>;
}

/** The calls that `@databricks/sql` makes, one method each under its name in TCLIService. */
export class ThriftService {
  readonly #engine: SqlEngine;
  readonly #sessions = new Map<string, Session>();
  readonly #operations = new Map<string, Operation>();

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  async OpenSession(request: ttypes.TOpenSessionReq): Promise<ttypes.TOpenSessionResp> {
    const serverProtocolVersion = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8;
    const { catalogName, schemaName } = request.initialNamespace ?? {};
    try {
      const session = await this.#engine.session({
        ...(catalogName ? { catalog: catalogName } : {}),
        ...(schemaName ? { schema: schemaName } : {}),
      });
      const sessionId = newIdentifier();
      this.#sessions.set(keyOf(sessionId), { session, operations: new Set() });
      return new ttypes.TOpenSessionResp({
        status: SUCCESS,
        serverProtocolVersion,
        sessionHandle: new ttypes.TSessionHandle({ sessionId }),
        canUseMultipleCatalogs: true,
        ...(request.initialNamespace ? { initialNamespace: request.initialNamespace } : {}),
      });
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return new ttypes.TOpenSessionResp({
        status: failure(error.displayMessage, error.sqlState),
        serverProtocolVersion,
      });
    }
  }

  async CloseSession(request: ttypes.TCloseSessionReq): Promise<ttypes.TCloseSessionResp> {
    const key = keyOf(request.sessionHandle.sessionId);
    const open = this.#sessions.get(key);
    if (open === undefined)
      return new ttypes.TCloseSessionResp({ status: invalidSession(request.sessionHandle) });
    await this.#closeSession(key, open);
    return new ttypes.TCloseSessionResp({ status: SUCCESS });
  }

  async ExecuteStatement(request: ttypes.TExecuteStatementReq): Promise<ttypes.TExecuteStatementResp> {
    const parameters = readParameters(request.parameters ?? []);
    const open = this.#sessions.get(keyOf(request.sessionHandle.sessionId));
    if (open === undefined)
      return new ttypes.TExecuteStatementResp({ status: invalidSession(request.sessionHandle) });
    const operation = new Operation((signal) => open.session.execute(request.statement, parameters, signal));
    const key = keyOf(operation.handle.operationId);
    this.#operations.set(key, operation);
    open.operations.add(key);
    const direct = request.getDirectResults ?? undefined;
    await within(operation.ended, direct === undefined ? 0 : ANSWER_WITHIN_MS);
    return new ttypes.TExecuteStatementResp({
      status: SUCCESS,
      operationHandle: operation.handle,
      ...(direct === undefined
        ? {}
        : { directResults: this.#direct(key, operation, Number(direct.maxRows)) }),
    });
  }

  async GetOperationStatus(request: ttypes.TGetOperationStatusReq): Promise<ttypes.TGetOperationStatusResp> {
    const operation = this.#operations.get(keyOf(request.operationHandle.operationId));
    return (
      operation?.status() ??
      new ttypes.TGetOperationStatusResp({ status: invalidOperation(request.operationHandle) })
    );
  }

  async GetResultSetMetadata(
    request: ttypes.TGetResultSetMetadataReq,
  ): Promise<ttypes.TGetResultSetMetadataResp> {
    const operation = this.#operations.get(keyOf(request.operationHandle.operationId));
    await operation?.ended;
    return (
      operation?.metadata() ??
      new ttypes.TGetResultSetMetadataResp({ status: invalidOperation(request.operationHandle) })
    );
  }

  async FetchResults(request: ttypes.TFetchResultsReq): Promise<ttypes.TFetchResultsResp> {
    const operation = this.#operations.get(keyOf(request.operationHandle.operationId));
    await operation?.ended;
    return (
      operation?.fetch(Number(request.maxRows)) ??
      new ttypes.TFetchResultsResp({ status: invalidOperation(request.operationHandle) })
    );
  }

  async CancelOperation(request: ttypes.TCancelOperationReq): Promise<ttypes.TCancelOperationResp> {
    const operation = this.#operations.get(keyOf(request.operationHandle.operationId));
    operation?.cancel();
    return new ttypes.TCancelOperationResp({
      status: operation === undefined ? invalidOperation(request.operationHandle) : SUCCESS,
    });
  }

  async CloseOperation(request: ttypes.TCloseOperationReq): Promise<ttypes.TCloseOperationResp> {
    const key = keyOf(request.operationHandle.operationId);
    const operation = this.#operations.get(key);
    operation?.cancel();
    this.#forget(key);
    return new ttypes.TCloseOperationResp({
      status: operation === undefined ? invalidOperation(request.operationHandle) : SUCCESS,
    });
  }

  async expireSessions(): Promise<void> {
    for (const [key, open] of [...this.#sessions]) await this.#closeSession(key, open);
  }

  /** The whole answer at once where it fits; then the operation is closed and costs the client no further call. */
  #direct(key: string, operation: Operation, maxRows: number): ttypes.TSparkDirectResults {
    const operationStatus = operation.status();
    if (!operation.isFinished) return new ttypes.TSparkDirectResults({ operationStatus });
    const resultSetMetadata = operation.metadata();
    const closeOperation = new ttypes.TCloseOperationResp({ status: SUCCESS });
    if (!operation.handle.hasResultSet) {
      // A row set without columns is never consumed by the driver, which then asks for more for ever.
      this.#forget(key);
      return new ttypes.TSparkDirectResults({ operationStatus, resultSetMetadata, closeOperation });
    }
    const resultSet = operation.fetch(Number.isFinite(maxRows) && maxRows > 0 ? maxRows : DEFAULT_ROWS);
    if (operation.hasMoreRows)
      return new ttypes.TSparkDirectResults({ operationStatus, resultSetMetadata, resultSet });
    this.#forget(key);
    return new ttypes.TSparkDirectResults({ operationStatus, resultSetMetadata, resultSet, closeOperation });
  }

  #forget(key: string): void {
    this.#operations.delete(key);
    for (const { operations } of this.#sessions.values()) operations.delete(key);
  }

  async #closeSession(key: string, open: Session): Promise<void> {
    this.#sessions.delete(key);
    for (const operation of open.operations) {
      this.#operations.get(operation)?.cancel();
      this.#operations.delete(operation);
    }
    await open.session.close();
  }
}

function readParameters(sent: readonly ttypes.TSparkParameter[]): Parameters {
  if (sent.length > MAX_PARAMETERS) {
    throw new ThriftRequestError(
      400,
      `BAD_REQUEST: Parameterized query has too many parameters: ${sent.length} parameters were given but the limit is ${MAX_PARAMETERS}.`,
    );
  }
  return Object.fromEntries(
    sent.map((parameter, i) => {
      const { stringValue, doubleValue, booleanValue } = parameter.value ?? {};
      const value = stringValue ?? doubleValue ?? booleanValue ?? null;
      return [
        parameter.name ?? String(i),
        { type: parameter.type ?? 'VOID', value: value === null ? null : String(value) },
      ];
    }),
  );
}

async function within(ended: Promise<void>, limitMs: number): Promise<void> {
  if (limitMs === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([ended, limit]);
  clearTimeout(timer);
}

function invalidSession(handle: ttypes.TSessionHandle): ttypes.TStatus {
  return failure(`Invalid SessionHandle: SessionHandle [${uuidOf(handle.sessionId)}]`, 'HY000');
}

function invalidOperation(handle: ttypes.TOperationHandle): ttypes.TStatus {
  return failure(
    `Invalid OperationHandle: OperationHandle [opType=EXECUTE_STATEMENT, getHandleIdentifier()=${uuidOf(handle.operationId)}]`,
    'HY000',
  );
}
