import type { Command } from 'commander';
import type { SetupStep } from '../../src/tables/setup.ts';
import type { CommandContext } from '../command-context.ts';
import { printJson } from '../terminal.ts';

interface SetupFlags {
  demoData: boolean;
  json?: true;
}

export function addSetupVerb(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description(
      'create the schema, the tables, the calendar and the demo data; changes nothing that is right',
    )
    .option('--no-demo-data', 'do not create source_data or fill it where it is empty')
    .option('--json', 'print the steps as JSON')
    .action((options: SetupFlags) => setup(options, context));
}

async function setup(options: SetupFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const tell = options.json ? () => {} : (step: SetupStep) => terminal.print(setupLine(step));
  const steps = await setUp(context, tell, { demoData: options.demoData });
  if (options.json) printJson(terminal, steps);
}

/** Does what the verb does, and tells each step. */
export async function setUp(
  context: CommandContext,
  onStep: (step: SetupStep) => void,
  { demoData = true }: { demoData?: boolean } = {},
): Promise<SetupStep[]> {
  // Loaded here, since the driver would slow the start of every other verb.
  const [{ WorkspaceSession }, { setUpTables }, { TableNames }] = await Promise.all([
    import('../workspace-session.ts'),
    import('../../src/tables/setup.ts'),
    import('../../src/tables/table-names.ts'),
  ]);
  const config = await context.config();
  await using session = new WorkspaceSession(config);
  await session.check();
  return await setUpTables({
    warehouse: session.warehouse,
    names: TableNames.from(config.tables),
    calendar: config.tables.calendar,
    layout: config.tables.layout,
    demoData,
    onStep,
  });
}

export function setupLine({ subject, outcome, detail }: SetupStep): string {
  return `${subject.padEnd(16)} ${outcome.padEnd(8)} ${detail}`;
}
