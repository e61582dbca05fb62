import type { SqlEngine } from './sql/engine.ts';
import type { ThriftEndpoint } from './sql/thrift-endpoint.ts';

/** The SQL side of the workspace: the engine, and the endpoint through which drivers reach it. */
export interface SqlRuntime {
  engine: SqlEngine;
  thrift: ThriftEndpoint;
}

/**
 * Loads and opens the SQL side, its tables in `dataDir` or in memory. Its libraries are the slow part of the start, so they are imported
 * here, while the server already listens.
 */
export async function openSqlRuntime(dataDir: string | null): Promise<SqlRuntime> {
  const [{ SqlEngine }, { ThriftEndpoint }] = await Promise.all([
    import('./sql/engine.ts'),
    import('./sql/thrift-endpoint.ts'),
  ]);
  const engine = await SqlEngine.open({ dataDir });
  return { engine, thrift: new ThriftEndpoint(engine) };
}
