import { BackfillError } from '../errors/backfill-error.ts';
import type { ErrorCode } from '../errors/error-table.ts';
import { retryAfterMsIn } from './answer.ts';
import { DeadlineExceededError } from './deadline.ts';

export interface WarehouseAddress {
  host: string;
  warehouseId: string;
}

const LONGEST_MESSAGE = 500;

const MISSING_TABLE =
  /^(TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|DELTA_TABLE_NOT_FOUND|DELTA_PATH_DOES_NOT_EXIST)\b/;

const MISSING_WAREHOUSE =
  /ENDPOINT_NOT_FOUND|RESOURCE_DOES_NOT_EXIST|\b(warehouse|endpoint)\b.*\b(does not exist|not found|was deleted|has been deleted)\b/is;

const LOST_SESSION =
  /INVALID_HANDLE|\binvalid (session ?|operation ?)?handle|\bsession\b.{0,80}\b(expired|closed|invalid|not found|does not exist|unknown)\b/is;

/**
 * Says of whatever the SQL driver threw which error of ours it is: warehouse_missing,
 * warehouse_unavailable, statement_conflict, tables_missing, statement_failed, or
 * workspace_unauthenticated and workspace_forbidden where the credentials are at fault.
 */
export function sqlFailure(thrown: unknown, at: WarehouseAddress): BackfillError {
  if (thrown instanceof BackfillError) return thrown;
  if (thrown instanceof DeadlineExceededError) {
    return unavailable(thrown, at, `it did not answer within ${thrown.deadlineMs / 1000} s`, {
      reason: 'timeout',
    });
  }
  const failure = readDriverError(thrown);
  if (failure.httpStatus !== null) return httpFailure(failure, failure.httpStatus, thrown, at);
  if (failure.networkCode !== null) {
    return unavailable(thrown, at, failure.networkCode, { reason: networkReason(failure.networkCode) });
  }
  return statementFailure(failure, thrown, at);
}

/** Whether the server no longer knows the session; a statement refused for this has not run. */
export function isLostSession(thrown: unknown): boolean {
  const { message, httpStatus, networkCode, errorClass } = readDriverError(thrown);
  const fromDriver = httpStatus === null && networkCode === null && errorClass === null;
  return fromDriver && LOST_SESSION.test(message);
}

/** Whether the server refused the credentials; Databricks says 403 of some tokens that have expired. */
export function isRefusedLogin(thrown: unknown): boolean {
  const { httpStatus } = readDriverError(thrown);
  return httpStatus === 401 || httpStatus === 403;
}

interface DriverError {
  message: string;
  /** Error class of Databricks SQL, from `[CLASS.SUBCLASS] ...`. */
  errorClass: string | null;
  sqlState: string | null;
  httpStatus: number | null;
  networkCode: string | null;
  retryAfterMs: number | null;
  /** The operation's end: ERROR, TIMEOUT, CANCELED, CLOSED, UNKNOWN. */
  operationState: string | null;
}

/**
 * The driver throws errors of many kinds, some of them not exported and not even Errors, so they are
 * read by their fields.
 */
function readDriverError(thrown: unknown): DriverError {
  const said = textIn(thrown, 'message') ?? String(thrown);
  const response = fieldIn(thrown, 'response');
  const headers = fieldIn(response, 'headers');
  const explained = headerIn(headers, 'x-thriftserver-error-message') ?? said;
  const givenUp = /^Hive driver: (\d{3}|Error) when connecting/.exec(said)?.[1];
  const status = fieldIn(thrown, 'statusCode') ?? givenUp;
  const code = textIn(thrown, 'code');
  const isNetwork = /socket hang up|premature close|network timeout|Request timed out|^request to /i.test(
    said,
  );
  return {
    message: explained,
    errorClass: /\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]/.exec(said)?.[1] ?? null,
    sqlState: textIn(response, 'sqlState') ?? /SQLSTATE:? ?([0-9A-Z]{5})\b/.exec(said)?.[1] ?? null,
    httpStatus: Number.isInteger(Number(status ?? Number.NaN)) ? Number(status) : null,
    networkCode: code ?? (isNetwork || givenUp === 'Error' ? 'connection lost' : null),
    retryAfterMs: retryAfterMsIn(headerIn(headers, 'retry-after'), Date.now()),
    operationState: textIn(thrown, 'errorCode'),
  };
}

function httpFailure(
  { message, retryAfterMs }: DriverError,
  status: number,
  thrown: unknown,
  at: WarehouseAddress,
): BackfillError {
  if (status === 404 || MISSING_WAREHOUSE.test(message)) return missingWarehouse(thrown, at, status);
  const options = { cause: plain(thrown), details: { status, warehouse_id: at.warehouseId } };
  switch (status) {
    case 401:
      return new BackfillError(
        'workspace_unauthenticated',
        `${hostOf(at)} does not accept these credentials for SQL; check DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.`,
        options,
      );
    case 403:
      return new BackfillError(
        'workspace_forbidden',
        `These credentials may not use warehouse ${at.warehouseId} of ${hostOf(at)}; check the token, and give its user or service principal CAN USE on the warehouse.`,
        options,
      );
    case 429:
      return unavailable(thrown, at, 'it has too many requests (429)', { status }, retryAfterMs);
    default:
      if (status >= 500) return unavailable(thrown, at, `it answered ${status}`, { status }, retryAfterMs);
      return new BackfillError(
        'statement_failed',
        `Warehouse ${at.warehouseId} of ${hostOf(at)} refused a statement (${status}): ${brief(message)}`,
        options,
      );
  }
}

function statementFailure(failure: DriverError, thrown: unknown, at: WarehouseAddress): BackfillError {
  const { errorClass, sqlState, operationState } = failure;
  if (operationState === 'TIMEOUT') {
    return unavailable(thrown, at, 'a statement took longer than the warehouse allows', {
      reason: 'timeout',
    });
  }
  if (errorClass === null && MISSING_WAREHOUSE.test(failure.message))
    return missingWarehouse(thrown, at, null);
  const code = statementCode(errorClass, sqlState);
  const said = brief(failure.message);
  return new BackfillError(code, `${statementSentence(code, at)}: ${said}`, {
    cause: plain(thrown),
    details: { error_class: errorClass, sql_state: sqlState, warehouse_id: at.warehouseId },
  });
}

function statementCode(errorClass: string | null, sqlState: string | null): ErrorCode {
  if (errorClass?.startsWith('DELTA_CONCURRENT_') || sqlState === '2D521') return 'statement_conflict';
  if (MISSING_TABLE.test(errorClass ?? '') || sqlState === '42P01') return 'tables_missing';
  return 'statement_failed';
}

function statementSentence(code: ErrorCode, at: WarehouseAddress): string {
  switch (code) {
    case 'statement_conflict':
      return 'A statement lost against a concurrent write and can be tried again';
    case 'tables_missing':
      return 'A table or schema is missing; run `backfill setup` first';
    default:
      return `A statement failed on warehouse ${at.warehouseId} of ${hostOf(at)}`;
  }
}

function missingWarehouse(thrown: unknown, at: WarehouseAddress, status: number | null): BackfillError {
  return new BackfillError(
    'warehouse_missing',
    `${hostOf(at)} has no SQL warehouse ${at.warehouseId}; set DATABRICKS_WAREHOUSE_ID to the id of one.`,
    { cause: plain(thrown), details: { status, warehouse_id: at.warehouseId } },
  );
}

function unavailable(
  thrown: unknown,
  at: WarehouseAddress,
  why: string,
  details: Readonly<Record<string, unknown>>,
  retryAfterMs: number | null = null,
): BackfillError {
  return new BackfillError(
    'warehouse_unavailable',
    `SQL warehouse ${at.warehouseId} of ${hostOf(at)} is not available: ${why}. Check that it can start and can be reached from here.`,
    {
      cause: plain(thrown),
      details: { ...details, warehouse_id: at.warehouseId },
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
  );
}

/** The driver's errors carry whole requests and responses, headers included; only the words are kept. */
function plain(thrown: unknown): Error {
  const error = new Error(textIn(thrown, 'message') ?? String(thrown));
  error.name = textIn(thrown, 'name') ?? 'Error';
  return error;
}

/** The first line of what the server said; the rest quotes the statement. */
function brief(message: string): string {
  const [first = ''] = message.trim().split('\n');
  return first.slice(0, LONGEST_MESSAGE) || 'it gave no reason';
}

function networkReason(code: string): string {
  return /CERT|TLS|UNABLE_TO_/.test(code) ? 'certificate' : 'connection';
}

function hostOf({ host }: WarehouseAddress): string {
  return new URL(host).host;
}

function fieldIn(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textIn(value: unknown, name: string): string | null {
  const field = fieldIn(value, name);
  return typeof field === 'string' && field !== '' ? field : null;
}

function headerIn(headers: unknown, name: string): string | null {
  const get = fieldIn(headers, 'get');
  const header: unknown = typeof get === 'function' ? get.call(headers, name) : null;
  return typeof header === 'string' && header !== '' ? header : null;
}
