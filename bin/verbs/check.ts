import type { Command } from 'commander';
import type { Config } from '../../src/config/config.ts';
import { describeConfig } from '../../src/config/setting-sources.ts';
import type { CommandContext } from '../command-context.ts';
import { describeFailure } from '../failure.ts';
import { printJson } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface CheckOptions {
  connect?: true;
  json?: true;
}

export function addCheckVerb(program: Command, context: CommandContext): void {
  program
    .command('check')
    .description('check the configuration and start nothing')
    .option('--connect', 'also ask Redis, the workspace, the warehouse and the tables')
    .option('--json', 'print the configuration as JSON, without secrets')
    .action((options: CheckOptions) => check(options, context));
}

async function check(options: CheckOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const config = await context.config();
  const entries = describeConfig(config);
  if (options.json) printJson(terminal, entries);
  else
    terminal.print(
      textTable(
        ['key', 'value', 'from'],
        entries.map((entry) => [entry.key, entry.value, entry.source]),
      ),
    );
  if (options.connect) await checkConnections(config, context);
  else terminal.notice('The configuration is valid. Add --connect to ask Redis and the workspace too.');
}

/** Asks each of them, also when one before failed: a person mends them all at once. */
async function checkConnections(config: Config, context: CommandContext): Promise<void> {
  const { checkRedis } = await import('../../queues/redis/connection.ts');
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { assertTablesReady } = await import('../../src/tables/migration.ts');
  const { TableNames } = await import('../../src/tables/table-names.ts');
  const { terminal } = context;
  const ask = async (name: string, question: () => Promise<string>) => {
    try {
      terminal.notice(`ok      ${name.padEnd(10)} ${await question()}`);
    } catch (failure) {
      context.exitCode = 1;
      terminal.notice(
        `failed  ${name.padEnd(10)} ${describeFailure(failure, config.logLevel).replace(/^backfill: /, '')}`,
      );
    }
  };
  await ask('redis', async () => {
    const { version, warnings } = await checkRedis(config.redis.url);
    return [`version ${version}`, ...warnings].join('; ');
  });
  await ask('workspace', async () => {
    await using session = new WorkspaceSession(config, 0);
    const { userName, warehouse } = await session.check();
    return `${session.host} as ${userName}; warehouse ${warehouse.name} is ${warehouse.state}`;
  });
  await ask('tables', async () => {
    await using session = new WorkspaceSession(config, 0);
    await assertTablesReady(session.warehouse, TableNames.from(config.tables));
    return `${config.tables.catalog}.${config.tables.schema} is complete`;
  });
}
