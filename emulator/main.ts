import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadServerCertificate } from './certificate.ts';
import { Server } from './server.ts';
import { openSqlRuntime } from './sql-runtime.ts';
import { Workspace } from './workspace.ts';

const USAGE = `A Databricks workspace on this machine, for development and tests.

  --port N          port to listen on; 0 takes a free one (8443)
  --data-dir DIR    certificates and tables (.backfill/emulator)
  --in-memory       forget the tables at the end
  --bind ADDRESS    address to listen on (127.0.0.1)
  --token TOKEN     the only bearer token let in (any non-empty one)
  --json            print {"url","ca","warehouse_id"} as the first line
`;

const options = {
  port: { type: 'string', default: '8443' },
  'data-dir': { type: 'string', default: join('.backfill', 'emulator') },
  bind: { type: 'string', default: '127.0.0.1' },
  'in-memory': { type: 'boolean', default: false },
  token: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

try {
  await main();
} catch (failure) {
  process.stderr.write(
    `The emulator could not start: ${failure instanceof Error ? failure.message : failure}\n`,
  );
  process.exit(1);
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const dataDir = flags['data-dir'];
  const certificate = await loadServerCertificate(dataDir);
  const sql = openSqlRuntime(flags['in-memory'] ? null : dataDir);
  const workspace = new Workspace({ sql, token: flags.token ?? null });
  const server = new Server(workspace, certificate);
  const [port] = await Promise.all([server.listen(Number(flags.port), flags.bind), sql]);

  const stop = async () => {
    await server.close();
    await workspace.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

  const host = flags.bind === '127.0.0.1' ? '127.0.0.1' : 'localhost';
  const facts = {
    url: `https://${host}:${port}`,
    ca: certificate.caFile,
    warehouse_id: workspace.warehouse.id,
  };
  process.stdout.write(flags.json ? `${JSON.stringify(facts)}\n` : readable(facts));
}

function readFlags() {
  try {
    const { values } = parseArgs({ options });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new Error(`--port takes a number from 0 to 65535, not ${values.port}.`);
    }
    return values;
  } catch (failure) {
    process.stderr.write(`${failure instanceof Error ? failure.message : failure}\n\n${USAGE}`);
    return process.exit(2);
  }
}

function readable(facts: { url: string; ca: string; warehouse_id: string }): string {
  return [
    `Databricks emulator at ${facts.url}`,
    `  CA certificate  ${facts.ca}`,
    `  SQL warehouse   ${facts.warehouse_id}`,
    '  Stop it with Ctrl-C.',
    '',
  ].join('\n');
}
