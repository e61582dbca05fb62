import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { FactBus } from '../../src/facts/fact-bus.ts';
import type { CommandContext } from '../command-context.ts';
import { HealthServer } from '../health-server.ts';
import { refuseOlderTables } from '../older-tables.ts';
import { startPatiently } from '../patient-start.ts';
import { serve } from '../process.ts';

/**
 * By how much the heap may outgrow what is alive before V8 collects its older part. On a machine with much memory
 * it lets it become four times as large, so that a worker held mostly garbage of the starts of runs.
 */
const HEAP_GROWTH_PERCENT = 30;

export function addWorkerVerb(program: Command, context: CommandContext): void {
  program
    .command('worker')
    .description('a worker process: runs dates, retries them, writes the log; start as many as you like')
    .addHelpText(
      'after',
      '\nWith BACKFILL_WORKER_PORT set it answers GET /healthz and GET /metrics there, on BACKFILL_BIND (127.0.0.1).\n/metrics asks for one of BACKFILL_API_TOKENS; without any it answers on loopback only.\nSIGTERM hands the dates it watches over to the other workers; runs at Databricks go on.',
    )
    .action(async () => {
      context.exitCode = await worker(context);
    });
}

async function worker(context: CommandContext): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const config = await context.config();
  const { createLogger, logFacts } = await import('../../src/facts/fact-log.ts');
  const { ProcessMetrics } = await import('../../src/metrics/process-metrics.ts');
  const { openTracing } = await import('../../src/tracing/open-tracing.ts');
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { BackfillWorker } = await import('../../workers/worker.ts');
  const logger = createLogger(config.logLevel, 'worker', context.terminal.interactive);
  return serve(async ({ resources, stopping }) => {
    const facts = new FactBus();
    await resources.add(logFacts(facts, logger));
    const tracing = await openTracing(config.telemetry, 'worker');
    await resources.add(() => tracing.close());
    const metrics = new ProcessMetrics('worker');
    await resources.add(metrics.listenTo(facts));
    if (config.worker.port !== null) {
      const health = new HealthServer({
        bind: config.web.bind,
        port: config.worker.port,
        tokens: config.web.tokens,
        metrics: metrics.registry,
      });
      await health.start();
      await resources.add(() => health.stop());
      logger.info(`Health check at ${health.url}`);
    }
    const patience = { logger, stopping };
    await startPatiently(async () => {
      const session = new WorkspaceSession(config, 0);
      try {
        await session.check();
        await refuseOlderTables(session, config);
      } finally {
        // It asks a warehouse that may be away, again and again; no date shall wait for that.
        session.close().catch(() => {});
      }
    }, patience);
    const started = await startPatiently(async () => {
      const candidate = new BackfillWorker({ config, facts, onRequest: metrics.countRequest, tracing });
      await candidate.start();
      return candidate;
    }, patience);
    await resources.add(() => started.stop());
    logger.info('Ready');
    return undefined;
  });
}
