import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DBSQLClient } from '@databricks/sql';
import { SqlEngine } from '../../emulator/sql/engine.ts';
import { ThriftEndpoint, ThriftRequestError } from '../../emulator/sql/thrift-endpoint.ts';

/** A session of the real driver. */
export type DriverSession = Awaited<ReturnType<DBSQLClient['openSession']>>;

/** The driver insists on https; on loopback a test does without certificates. */
function plainClient(): DBSQLClient {
  const client = new DBSQLClient({ logger: { log: () => undefined } });
  const connectionOptions: (options: object) => object = Reflect.get(client, 'getConnectionOptions');
  Reflect.set(client, 'getConnectionOptions', (options: object) => ({
    ...connectionOptions.call(client, options),
    https: false,
  }));
  return client;
}

/** The SQL side of the emulator behind a real HTTP server, for the real driver. */
export class SqlWarehouse {
  readonly engine: SqlEngine;
  readonly endpoint: ThriftEndpoint;
  readonly #server: Server;
  readonly #clients: DBSQLClient[] = [];

  private constructor(engine: SqlEngine, endpoint: ThriftEndpoint, server: Server) {
    this.engine = engine;
    this.endpoint = endpoint;
    this.#server = server;
  }

  static async start(dataDir: string | null = null): Promise<SqlWarehouse> {
    const engine = await SqlEngine.open({ dataDir });
    const endpoint = new ThriftEndpoint(engine);
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        endpoint.handle(Buffer.concat(chunks)).then(
          (answer) => response.writeHead(200, { 'content-type': 'application/x-thrift' }).end(answer),
          (error: unknown) =>
            response.writeHead(error instanceof ThriftRequestError ? error.status : 500).end(String(error)),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SqlWarehouse(engine, endpoint, server);
  }

  /** A driver session of its own connection. */
  async session(start: { initialCatalog?: string; initialSchema?: string } = {}): Promise<DriverSession> {
    const client = plainClient();
    this.#clients.push(client);
    await client.connect({
      host: '127.0.0.1',
      port: (this.#server.address() as AddressInfo).port,
      path: '/sql/1.0/warehouses/local',
      token: 'any',
      telemetryEnabled: false,
    });
    return client.openSession(start);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#clients.map((client) => client.close()));
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.engine.close();
  }
}

type Parameter = string | number | boolean | null | bigint | Date;

/** Runs a statement through the driver to its end and returns its rows. */
export async function run(
  session: DriverSession,
  sql: string,
  namedParameters: Record<string, Parameter> = {},
): Promise<Record<string, unknown>[]> {
  const operation = await session.executeStatement(sql, { namedParameters });
  try {
    await operation.finished();
    return (await operation.fetchAll()) as Record<string, unknown>[];
  } finally {
    await operation.close();
  }
}
