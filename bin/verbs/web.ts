import type { Command } from 'commander';
import { FactBus } from '../../src/facts/fact-bus.ts';
import type { CommandContext } from '../command-context.ts';
import { notebooksDir } from '../package-root.ts';
import { startPatiently } from '../patient-start.ts';
import { serve } from '../process.ts';

export function addWebVerb(program: Command, context: CommandContext): void {
  program
    .command('web')
    .description(
      'the web process: the page at /, REST API (reference at /docs), Bull Board at /queues, /metrics',
    )
    .addHelpText(
      'after',
      '\nListens on BACKFILL_BIND:BACKFILL_PORT (127.0.0.1:3000). To bind anything but loopback, set BACKFILL_API_TOKENS.',
    )
    .action(async () => {
      context.exitCode = await web(context);
    });
}

async function web(context: CommandContext): Promise<number> {
  const config = await context.config();
  const { createLogger, logFacts } = await import('../../src/facts/fact-log.ts');
  const { ProcessMetrics } = await import('../../src/metrics/process-metrics.ts');
  const { openTracing } = await import('../../src/tracing/open-tracing.ts');
  const { WebServer } = await import('../../dashboard/web-server.ts');
  const logger = createLogger(config.logLevel, 'web', context.terminal.interactive);
  return serve(async ({ resources, stopping }) => {
    const facts = new FactBus();
    await resources.add(logFacts(facts, logger));
    const tracing = await openTracing(config.telemetry, 'web');
    await resources.add(() => tracing.close());
    const metrics = new ProcessMetrics('web');
    await resources.add(metrics.listenTo(facts));
    const server = await startPatiently(
      async () => {
        const candidate = new WebServer({
          config,
          facts,
          logger,
          metrics,
          tracing,
          notebooksDir: notebooksDir(context.cwd),
        });
        await candidate.start();
        return candidate;
      },
      { logger, stopping },
    );
    await resources.add(() => server.stop());
    logger.info({ url: server.url }, `Ready at ${server.url}`);
    return undefined;
  });
}
