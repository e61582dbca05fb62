import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { thrift as protocol } from '@databricks/sql';
import { TBinaryProtocol, TBufferedTransport } from 'thrift';
import type { ScriptedWorkspace } from './scripted-workspace.ts';

/** What a statement comes to. */
export type StatementEnd =
  | { rows: Record<string, string>[] }
  /** Fails while it runs, as errors of SQL do. */
  | { error: string; sqlState?: string }
  /** Is refused at once. */
  | { refusal: string }
  /** Is refused by HTTP alone. */
  | { status: number; headers?: Record<string, string> }
  /** Runs until it is cancelled. */
  | { runs: true }
  /** The server says nothing at all. */
  | { hold: true };

export interface SeenStatement {
  sql: string;
  session: string;
  parameters: Record<string, { type: string | null; value: string | null }>;
}

interface Handle {
  sessionId?: { guid: Buffer };
  operationId?: { guid: Buffer };
}

interface StatementRequest {
  sessionHandle: Handle;
  statement: string;
  parameters?: { name: string; type: string | null; value: { stringValue: string } | null }[];
}

const { TStatusCode, TOperationState, TProtocolVersion, TSparkRowSetType, TTypeId } =
  protocol.TCLIService_types;

const SUCCESS = { statusCode: TStatusCode.SUCCESS_STATUS };

/** The server side of the driver's protocol on a scripted workspace, one end per statement text. */
export class ScriptedWarehouse {
  readonly path: string;
  readonly statements: SeenStatement[] = [];
  readonly cancelled: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly configurations: Record<string, string>[] = [];
  sessionsOpened = 0;
  /** What the next requests of any kind are refused with. */
  refusals: { status: number; headers?: Record<string, string> }[] = [];
  readonly #ends = new Map<string, StatementEnd[]>();
  readonly #sessions = new Set<string>();
  readonly #processor: InstanceType<typeof protocol.TCLIService.Processor>;

  constructor(workspace: ScriptedWorkspace, warehouseId: string) {
    this.path = `/sql/1.0/warehouses/${warehouseId}`;
    this.#processor = new protocol.TCLIService.Processor(this.#handlers());
    workspace.handle(this.path, async ({ headers }, raw, response) => {
      this.authorizations.push(headers.authorization);
      this.#serve(raw, response);
    });
  }

  script(sql: string, ...ends: StatementEnd[]): void {
    this.#ends.set(sql, ends);
  }

  /** Ends every session, as a warehouse does with idle ones. */
  expireSessions(): void {
    this.#sessions.clear();
  }

  #serve(raw: Buffer, response: ServerResponse): void {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end();
      return;
    }
    const end = raw.includes('ExecuteStatement') ? this.#nextEnd(raw) : undefined;
    if (end !== undefined && 'hold' in end) return;
    if (end !== undefined && 'status' in end) {
      response.writeHead(end.status, end.headers).end();
      return;
    }
    const reply = new TBufferedTransport(undefined, (answer) => {
      response.writeHead(200, { 'content-type': 'application/x-thrift' }).end(answer);
    });
    const read = (transport: TBufferedTransport) =>
      this.#processor.process(new TBinaryProtocol(transport), new TBinaryProtocol(reply));
    TBufferedTransport.receiver(read, 0)(raw);
  }

  /** Looks at a statement before it is decoded, for ends that are not Thrift; those are used up here. */
  #nextEnd(raw: Buffer): StatementEnd | undefined {
    const script = [...this.#ends].find(([sql]) => raw.includes(sql))?.[1];
    const end = script?.[0];
    if (
      end !== undefined &&
      ('status' in end || 'hold' in end) &&
      script !== undefined &&
      script.length > 1
    ) {
      script.shift();
    }
    return end;
  }

  #handlers(): object {
    return {
      OpenSession: (request: { configuration?: Record<string, string> }) => this.#open(request),
      CloseSession: (request: { sessionHandle: Handle }) => {
        this.#sessions.delete(idOf(request.sessionHandle));
        return { status: SUCCESS };
      },
      ExecuteStatement: (request: StatementRequest) => this.#execute(request),
      GetOperationStatus: (request: { operationHandle: Handle }) => ({
        status: SUCCESS,
        operationState: this.cancelled.includes(idOf(request.operationHandle))
          ? TOperationState.CANCELED_STATE
          : TOperationState.RUNNING_STATE,
      }),
      CancelOperation: (request: { operationHandle: Handle }) => {
        this.cancelled.push(idOf(request.operationHandle));
        return { status: SUCCESS };
      },
      CloseOperation: () => ({ status: SUCCESS }),
    };
  }

  #open({ configuration }: { configuration?: Record<string, string> }): object {
    const handle = newHandle();
    this.sessionsOpened += 1;
    this.configurations.push(configuration ?? {});
    this.#sessions.add(handle.guid.toString('hex'));
    return {
      status: SUCCESS,
      serverProtocolVersion: TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
      sessionHandle: { sessionId: handle },
    };
  }

  #execute(request: StatementRequest): object {
    const session = idOf(request.sessionHandle);
    if (!this.#sessions.has(session)) {
      const errorMessage = `Invalid SessionHandle: SessionHandle [${session}]`;
      return { status: { statusCode: TStatusCode.INVALID_HANDLE_STATUS, errorMessage } };
    }
    const parameters = Object.fromEntries(
      (request.parameters ?? []).map(({ name, type, value }) => [
        name,
        { type, value: value?.stringValue ?? null },
      ]),
    );
    this.statements.push({ sql: request.statement, session, parameters });
    const script = this.#ends.get(request.statement) ?? [{ rows: [] }];
    const end = (script.length > 1 ? script.shift() : script[0]) ?? { rows: [] };
    if ('refusal' in end) {
      return { status: { statusCode: TStatusCode.ERROR_STATUS, errorMessage: end.refusal } };
    }
    return {
      status: SUCCESS,
      operationHandle: { operationId: newHandle(), operationType: 0, hasResultSet: 'rows' in end },
      directResults: directResults(end),
    };
  }
}

function directResults(end: StatementEnd): object | undefined {
  if ('runs' in end) return undefined;
  if ('error' in end) {
    const { error, sqlState } = end;
    const operationState = TOperationState.ERROR_STATE;
    return {
      operationStatus: { status: SUCCESS, operationState, displayMessage: error, sqlState },
      closeOperation: { status: SUCCESS },
    };
  }
  const rows = 'rows' in end ? end.rows : [];
  const names = Object.keys(rows[0] ?? { nothing: '' });
  const columns = names.map((columnName, index) => ({
    columnName,
    position: index + 1,
    typeDesc: { types: [{ primitiveEntry: { type: TTypeId.STRING_TYPE } }] },
  }));
  const values = names.map((name) => ({
    stringVal: { values: rows.map((row) => row[name] ?? ''), nulls: Buffer.from([0]) },
  }));
  return {
    operationStatus: { status: SUCCESS, operationState: TOperationState.FINISHED_STATE },
    resultSetMetadata: {
      status: SUCCESS,
      schema: { columns },
      resultFormat: TSparkRowSetType.COLUMN_BASED_SET,
    },
    resultSet: {
      status: SUCCESS,
      hasMoreRows: false,
      results: { startRowOffset: 0, rows: [], columns: values },
    },
    closeOperation: { status: SUCCESS },
  };
}

function newHandle(): { guid: Buffer; secret: Buffer } {
  const guid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  return { guid, secret: Buffer.alloc(16) };
}

function idOf({ sessionId, operationId }: Handle): string {
  return (sessionId ?? operationId)?.guid.toString('hex') ?? '';
}
