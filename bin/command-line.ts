import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { CommandContext, type CommandContextOptions } from './command-context.ts';
import { packageRoot } from './package-root.ts';
import { addAdjustVerb } from './verbs/adjust.ts';
import { addAlertVerb } from './verbs/alert.ts';
import { addCancelVerb } from './verbs/cancel.ts';
import { addCheckVerb } from './verbs/check.ts';
import { addCoverageVerb } from './verbs/coverage.ts';
import { addEmulatorVerb } from './verbs/emulator.ts';
import { addJobsVerbs } from './verbs/jobs.ts';
import { addListVerb } from './verbs/list.ts';
import { addLogVerb } from './verbs/log.ts';
import { addPauseVerb } from './verbs/pause.ts';
import { addRecoverVerb } from './verbs/recover.ts';
import { addResumeVerb } from './verbs/resume.ts';
import { addRetriesVerb } from './verbs/retries.ts';
import { addRetryVerb } from './verbs/retry.ts';
import { addRunVerb } from './verbs/run.ts';
import { addSetupVerb } from './verbs/setup.ts';
import { addStatusVerb } from './verbs/status.ts';
import { addSweepVerb } from './verbs/sweep.ts';
import { addUpVerb } from './verbs/up.ts';
import { addWebVerb } from './verbs/web.ts';
import { addWorkerVerb } from './verbs/worker.ts';

/** Adds a verb to the program; `context` is what its action works with. */
export type AddVerb = (program: Command, context: CommandContext) => void;

const CLIENT_VERBS: readonly AddVerb[] = [
  addRunVerb,
  addListVerb,
  addStatusVerb,
  addPauseVerb,
  addResumeVerb,
  addCancelVerb,
  addAdjustVerb,
  addRetryVerb,
  addSweepVerb,
  addRetriesVerb,
  addCoverageVerb,
  addLogVerb,
];
const DIRECT_VERBS: readonly AddVerb[] = [
  addCheckVerb,
  addSetupVerb,
  addJobsVerbs,
  addRecoverVerb,
  addAlertVerb,
];
const PROCESS_VERBS: readonly AddVerb[] = [addWebVerb, addWorkerVerb, addUpVerb, addEmulatorVerb];

/** Runs the verb that `args` name. Answers its exit code; throws what it throws. */
export async function runCommandLine(
  args: readonly string[],
  options: CommandContextOptions,
): Promise<number> {
  const context = new CommandContext(options);
  const program = new Command('backfill')
    .description('Backfill Databricks jobs over a range of dates: one run per business date.')
    .version(version())
    .option('--config <file>', 'configuration file (BACKFILL_CONFIG; else ./backfill.yaml)')
    .option('--target <name>', 'target of a bundle (DATABRICKS_BUNDLE_TARGET; else its default)')
    .hook('preAction', (command) => {
      const options = command.opts<{ config?: string; target?: string }>();
      context.configFile = options.config;
      context.target = options.target;
    })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'backfill: ')),
    })
    .exitOverride();
  const groups = [
    ['Ask the web process:', CLIENT_VERBS],
    ['Work on the workspace:', DIRECT_VERBS],
    ['Run a process:', PROCESS_VERBS],
  ] as const;
  for (const [heading, verbs] of groups) {
    program.commandsGroup(heading);
    for (const addVerb of verbs) addVerb(program, context);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (failure) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
    throw failure;
  }
}

function version(): string {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
}
