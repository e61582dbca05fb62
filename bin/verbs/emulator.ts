import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { startEmulatorProcess } from '../emulator-process.ts';
import { serve } from '../process.ts';

export function addEmulatorVerb(program: Command, context: CommandContext): void {
  program
    .command('emulator')
    .description('a Databricks workspace on this machine, for development and tests')
    .option('--port <port>', 'port to listen on; 0 takes a free one (default: 8443)')
    .option('--data-dir <directory>', 'certificates and tables (default: .backfill/emulator)')
    .option('--bind <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--token <token>', 'the only bearer token let in (default: any)')
    .option('--json', 'print {"url","ca","warehouse_id"} as the first line')
    .action(async (options: Record<string, string | true>) => {
      context.exitCode = await emulator(options, context);
    });
}

async function emulator(
  options: Readonly<Record<string, string | true>>,
  context: CommandContext,
): Promise<number> {
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name === 'dataDir' ? 'data-dir' : name}`;
    return value === true ? [flag] : [flag, value];
  });
  return serve(async ({ resources }) => {
    const started = startEmulatorProcess({ flags, cwd: context.cwd, env: context.env });
    await resources.add(() => started.stop());
    started.child.stdout?.pipe(process.stdout);
    started.child.stderr?.pipe(process.stderr);
    return { ended: started.ended.then((code) => (code === 0 ? 0 : 1)) };
  });
}
