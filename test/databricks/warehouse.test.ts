import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret.ts';
import { Warehouse, type WarehouseOptions } from '../../src/databricks/warehouse.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../../src/databricks/workspace-client.ts';
import { eventually } from '../harness/eventually.ts';
import { failureOf } from './failure-of.ts';
import { ScriptedWarehouse } from './scripted-warehouse.ts';
import { ScriptedWorkspace } from './scripted-workspace.ts';

const TOKEN = 'dapi-not-to-be-seen';
const INSERT = 'INSERT INTO t VALUES (1)';
const SELECT = 'SELECT a FROM t';

let workspace: ScriptedWorkspace;
let server: ScriptedWarehouse;
let closing: { close(): Promise<void> }[];

beforeEach(async () => {
  workspace = await ScriptedWorkspace.start();
  server = new ScriptedWarehouse(workspace, 'w1');
  closing = [];
});

afterEach(async () => {
  for (const each of closing.reverse()) await each.close();
  await workspace.close();
});

function connect(
  options: Partial<WarehouseOptions> = {},
  auth: WorkspaceClientOptions['auth'] = { kind: 'pat', token: new Secret(TOKEN) },
): Warehouse {
  const { caCert } = workspace;
  const client = new WorkspaceClient({ host: workspace.url, auth, caCert });
  const warehouse = new Warehouse({ client, warehouseId: 'w1', caCert, ...options });
  closing.push(client, warehouse);
  return warehouse;
}

describe('statements', () => {
  test('rows come back by column name', async () => {
    server.script(SELECT, {
      rows: [
        { a: '1', b: 'x' },
        { a: '2', b: 'y' },
      ],
    });
    expect(await connect().query(SELECT)).toEqual([
      { a: '1', b: 'x' },
      { a: '2', b: 'y' },
    ]);
  });

  test('values go as parameters with their types, dates and instants as they are written', async () => {
    await connect().execute(INSERT, {
      text: "it's",
      whole: 7,
      big: 9007199254740993n,
      part: 1.5,
      yes: true,
      nothing: null,
      day: { date: '2024-03-10' },
      at: { timestamp: '2024-03-10T02:30:00Z' },
    });
    expect(server.statements[0]?.parameters).toEqual({
      text: { type: 'STRING', value: "it's" },
      whole: { type: 'INTEGER', value: '7' },
      big: { type: 'BIGINT', value: '9007199254740993' },
      part: { type: 'DOUBLE', value: '1.5' },
      yes: { type: 'BOOLEAN', value: 'TRUE' },
      nothing: { type: null, value: null },
      day: { type: 'DATE', value: '2024-03-10' },
      at: { type: 'TIMESTAMP', value: '2024-03-10T02:30:00Z' },
    });
  });

  test('concurrent first statements share one session, in UTC and with a time limit', async () => {
    const warehouse = connect({ statementTimeoutSeconds: 60 });
    await Promise.all([warehouse.query(SELECT), warehouse.query(SELECT), warehouse.execute(INSERT)]);
    expect(server.configurations).toEqual([{ STATEMENT_TIMEOUT: '60', TIMEZONE: 'UTC' }]);
    expect(new Set(server.statements.map(({ session }) => session)).size).toBe(1);
  });

  test('the driver prints nothing', async () => {
    const stdout = jest.spyOn(process.stdout, 'write');
    const stderr = jest.spyOn(process.stderr, 'write');
    try {
      const warehouse = connect();
      await warehouse.query(SELECT);
      await warehouse.close();
      expect(stdout).not.toHaveBeenCalled();
      expect(stderr).not.toHaveBeenCalled();
    } finally {
      stdout.mockRestore();
      stderr.mockRestore();
    }
  });
});

describe('a session that has expired', () => {
  test('is opened again, for writes too, because the statement had not run', async () => {
    const warehouse = connect();
    await warehouse.query(SELECT);
    server.expireSessions();
    await warehouse.execute(INSERT);
    expect(server.sessionsOpened).toBe(2);
    expect(server.statements.map(({ sql }) => sql)).toEqual([SELECT, INSERT]);
  });

  test('is opened once for all statements that found it gone', async () => {
    const warehouse = connect();
    await warehouse.query(SELECT);
    server.expireSessions();
    await Promise.all([warehouse.query(SELECT), warehouse.query(SELECT), warehouse.query(SELECT)]);
    expect(server.sessionsOpened).toBe(2);
  });

  test('a session that failed to open is not kept', async () => {
    server.refusals = [{ status: 503 }];
    const warehouse = connect({ retryWindowMs: 0 });
    expect((await failureOf(warehouse.query(SELECT))).code).toBe('warehouse_unavailable');
    expect(await warehouse.query(SELECT)).toEqual([]);
  });
});

describe('statements that fail', () => {
  test.each([
    [
      '[TABLE_OR_VIEW_NOT_FOUND] The table `a`.`b` cannot be found.',
      '42P01',
      'tables_missing',
      'backfill setup',
    ],
    ['[SCHEMA_NOT_FOUND] The schema `a` cannot be found.', '42704', 'tables_missing', 'backfill setup'],
    [
      '[DIVIDE_BY_ZERO] Division by zero.\n== SQL ==\nsecret text',
      '22012',
      'statement_failed',
      'Division by zero.',
    ],
  ])('"%s" is told apart', async (error, sqlState, code, text) => {
    server.script(INSERT, { error, sqlState });
    const failure = await failureOf(connect().execute(INSERT));
    expect(failure.code).toBe(code);
    expect(failure.details).toMatchObject({ error_class: /\[(.*?)\]/.exec(error)?.[1], sql_state: sqlState });
    expect(failure.message).toContain(text);
    expect(failure.message).not.toContain('secret text');
    expect(server.statements).toHaveLength(1);
  });

  test('an error while a write runs is never taken for a success', async () => {
    server.script(INSERT, { error: 'Something broke.' });
    expect((await failureOf(connect().execute(INSERT))).code).toBe('statement_failed');
  });

  test('a statement refused at once is told with its reason', async () => {
    server.script(SELECT, {
      refusal: '[PARSE_SYNTAX_ERROR] Syntax error at or near "FORM". SQLSTATE: 42601',
    });
    const failure = await failureOf(connect().query(SELECT));
    expect(failure).toMatchObject({
      code: 'statement_failed',
      details: { error_class: 'PARSE_SYNTAX_ERROR', sql_state: '42601' },
    });
  });

  test('a write that lost against another is tried again', async () => {
    const lost = { error: '[DELTA_CONCURRENT_APPEND.WHOLE_TABLE_READ] Please retry.', sqlState: '2D521' };
    server.script(INSERT, lost, lost, { rows: [] });
    await connect().execute(INSERT);
    expect(server.statements).toHaveLength(3);
  });

  test('a write that keeps losing is a conflict, which may be tried later', async () => {
    server.script(INSERT, { error: '[DELTA_CONCURRENT_APPEND] Please retry.', sqlState: '2D521' });
    const failure = await failureOf(connect({ retryWindowMs: 0 }).execute(INSERT));
    expect(failure).toMatchObject({ code: 'statement_conflict', retryable: true });
  });
});

describe('a warehouse that is not there', () => {
  test('a query is tried again until it answers', async () => {
    server.script(SELECT, { status: 503 }, { rows: [{ a: '1' }] });
    expect(await connect().query(SELECT)).toEqual([{ a: '1' }]);
  });

  test('a write is not, unless it may run twice', async () => {
    server.script(INSERT, { status: 502 }, { rows: [] });
    const warehouse = connect();
    expect((await failureOf(warehouse.execute(INSERT))).code).toBe('warehouse_unavailable');
    server.script(INSERT, { status: 502 }, { rows: [] });
    await warehouse.execute(INSERT, {}, { idempotent: true });
    expect(server.statements).toHaveLength(1);
  });

  test('too many requests pass on when to come back', async () => {
    server.script(SELECT, { status: 429, headers: { 'retry-after': '90' } });
    const failure = await failureOf(connect().query(SELECT));
    expect(failure).toMatchObject({ code: 'warehouse_unavailable', retryAfterMs: 90_000 });
  });

  test('an id that the workspace does not know names the variable to set', async () => {
    server.refusals = [{ status: 404 }];
    const failure = await failureOf(connect().query(SELECT));
    expect(failure.code).toBe('warehouse_missing');
    expect(failure.message).toContain('DATABRICKS_WAREHOUSE_ID');
  });

  test('an id that is refused by text alone is missing too', async () => {
    const headers = { 'x-thriftserver-error-message': 'Endpoint w1 does not exist' };
    server.refusals = [{ status: 400, headers }];
    expect((await failureOf(connect().query(SELECT))).code).toBe('warehouse_missing');
  });

  test('a workspace that is down is unavailable, not an endless wait', async () => {
    const down = await ScriptedWorkspace.start();
    await down.close();
    const auth = { kind: 'pat' as const, token: new Secret(TOKEN) };
    const client = new WorkspaceClient({ host: down.url, auth, caCert: down.caCert });
    const warehouse = connect({ client, retryWindowMs: 0 });
    closing.push(client);
    const failure = await failureOf(warehouse.query(SELECT));
    expect(failure).toMatchObject({ code: 'warehouse_unavailable', details: { reason: 'connection' } });
  });

  test('a certificate of an unknown authority is refused without further tries', async () => {
    const failure = await failureOf(connect({ caCert: null }).query(SELECT));
    expect(failure).toMatchObject({ code: 'warehouse_unavailable', details: { reason: 'certificate' } });
    expect(workspace.requests).toEqual([]);
  });

  test('a server that says nothing is given up at the deadline', async () => {
    server.script(SELECT, { hold: true });
    const failure = await failureOf(
      connect({ statementTimeoutSeconds: 0.3, retryWindowMs: 0 }).query(SELECT),
    );
    expect(failure).toMatchObject({ code: 'warehouse_unavailable', details: { reason: 'timeout' } });
  });

  test('a statement that outlives its deadline is cancelled', async () => {
    const warehouse = connect({ statementTimeoutSeconds: 2, retryWindowMs: 0 });
    // Opens the session, which counts towards the deadline of the first statement.
    await warehouse.query(SELECT);
    server.script(SELECT, { runs: true });
    expect((await failureOf(warehouse.query(SELECT))).details.reason).toBe('timeout');
    await eventually(
      async () => server.cancelled.length,
      (cancelled) => cancelled > 0,
    );
    await warehouse.close();
    expect(server.cancelled).toHaveLength(1);
  });

  test('a warehouse that was closed here is not opened again', async () => {
    const warehouse = connect();
    await warehouse.close();
    const failure = await failureOf(warehouse.query(SELECT));
    expect(failure).toMatchObject({ code: 'warehouse_unavailable', details: { reason: 'closed' } });
    expect(server.sessionsOpened).toBe(0);
  });

  test('a caller that stops waiting gets its own reason', async () => {
    server.script(SELECT, { runs: true });
    const stop = new AbortController();
    const call = connect().query(SELECT, {}, { signal: stop.signal });
    stop.abort(new Error('handing over'));
    await expect(call).rejects.toThrow('handing over');
  });
});

describe('credentials for SQL', () => {
  test('a wrong token is named and not shown', async () => {
    server.refusals = [{ status: 401 }];
    const failure = await failureOf(connect().query(SELECT));
    expect(failure.code).toBe('workspace_unauthenticated');
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  });

  test('a principal without permission is told what to grant', async () => {
    server.refusals = [{ status: 403 }];
    const failure = await failureOf(connect().query(SELECT));
    expect(failure.code).toBe('workspace_forbidden');
    expect(failure.message).toContain('CAN USE');
  });

  test('a token that the warehouse refuses is renewed once, for writes too', async () => {
    const TOKENS = '/oidc/v1/token';
    workspace.answer('/oidc/.well-known/oauth-authorization-server', {
      body: { token_endpoint: `${workspace.url}${TOKENS}` },
    });
    workspace.answer(
      TOKENS,
      { body: { access_token: 't1', expires_in: 3600 } },
      { body: { access_token: 't2', expires_in: 3600 } },
    );
    server.refusals = [{ status: 401 }];
    await connect({}, { kind: 'oauth-m2m', clientId: 'app', clientSecret: new Secret('s') }).execute(INSERT);
    expect(server.authorizations.slice(0, 2)).toEqual(['Bearer t1', 'Bearer t2']);
    expect(server.statements).toHaveLength(1);
  });
});
