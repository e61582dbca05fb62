import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { CommandContext } from './command-context.ts';
import { runDemoFailures } from './demo-failures.ts';
import { DemoReport } from './demo-report.ts';
import { DemoStack } from './demo-stack.ts';
import { runDemoBackfill, showDemoPages, showDemoResult } from './demo-steps.ts';
import { runToExit, serve } from './process.ts';
import { processTerminal, type Terminal } from './terminal.ts';

const USAGE = `npm run demo [-- --keep]

Backfills June 2024 on a Databricks workspace emulated on this machine, with a Redis, a web process and two
workers of its own, then two weeks of July in which two dates fail, and leaves nothing running. --keep leaves all of it up until Ctrl-C.
`;

/** One story in one stream: where nobody watches a bar, the lines of progress belong between the others. */
const terminal: Terminal = { ...processTerminal, notice: processTerminal.print };

await runToExit(demo);

async function demo(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    processTerminal.print(USAGE);
    return 0;
  }
  // Interrupted before the end of the demo is not a success; Ctrl-C after it, with --keep, is.
  let exitCode = 130;
  await serve(async ({ resources }) => {
    const report = new DemoReport(terminal);
    report.title('databricks-backfill: June 2024, day by day, on an emulated Databricks workspace');
    const env = withoutOurSettings(process.env);
    const stack = new DemoStack(
      new CommandContext({ env, cwd: process.cwd(), homeDir: homedir(), terminal }),
      resources,
    );
    const context = await stack.start(report);
    const backfill = await runDemoBackfill(context, report);
    await showDemoResult(context, backfill, report);
    await runDemoFailures(context, report);
    await showDemoPages(context, backfill, report);

    const { disappointments } = report;
    exitCode = disappointments.length === 0 ? 0 : 1;
    for (const line of disappointments) processTerminal.notice(`backfill: ${line}`);
    if (exitCode !== 0) for (const line of stack.complaints) processTerminal.notice(line);
    processTerminal.print(
      exitCode === 0 ? `\nAll as expected, in ${report.elapsed()}.` : '\nNot as expected; see above.',
    );
    if (!values.keep) return { ended: Promise.resolve(exitCode) };
    processTerminal.print('All stays up. Ctrl-C stops it and removes its data.');
    return { ended: stack.untimelyEnd() };
  });
  return exitCode;
}

/** The demo is its own world: only REDIS_URL is taken over, never a workspace of the caller. */
function withoutOurSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = ([name]: [string, unknown]) => /^(DATABRICKS|BACKFILL)_|^LOG_LEVEL$/.test(name);
  return Object.fromEntries(Object.entries(env).filter((entry) => !ours(entry)));
}
