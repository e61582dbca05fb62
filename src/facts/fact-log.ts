import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from '../config/config.ts';
import type { Fact, FactType } from './fact.ts';
import type { FactBus } from './fact-bus.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: Readonly<Record<FactType, Level>> = {
  'worker.started': 'info',
  'worker.stopping': 'info',
  'worker.stopped': 'info',
  'target.opened': 'info',
  'limit.changed': 'info',
  'plan.settled': 'info',
  'plan.postponed': 'warn',
  'attempt.started': 'debug',
  'attempt.reattached': 'info',
  'run.started': 'info',
  'run.refused': 'warn',
  'run.start_failed': 'warn',
  'run.cancelled': 'info',
  'run.deadline_passed': 'warn',
  'attempt.ended': 'info',
  'quality.uncounted': 'warn',
  'quality.postponed': 'warn',
  'quality.checked': 'info',
  'attempt.withdrawn': 'info',
  'attempt.handed_over': 'info',
  'attempt.lost': 'warn',
  'attempt.interrupted': 'error',
  'retry.scheduled': 'info',
  'date.failed': 'warn',
  'backfill.created': 'info',
  'backfill.ended': 'info',
  'backfill.paused': 'warn',
  'backfill.resumed': 'info',
  'backfill.adjusted': 'info',
  'backfill.cancelling': 'info',
  'sweep.ended': 'info',
  'repair.readded': 'info',
  'watch.failed': 'warn',
  'log.written': 'debug',
  'log.postponed': 'warn',
  'retention.forgotten': 'info',
  'retention.kept': 'warn',
  'access.signed_in': 'info',
  'access.sign_in_failed': 'warn',
  'access.signed_out': 'info',
  'access.refused': 'warn',
  'audit.write': 'info',
  'backfill.summary': 'info',
  'backfill.problem': 'warn',
  'backfill.recovered': 'info',
  'alert.sent': 'info',
  'alert.partly_sent': 'error',
  'alert.postponed': 'warn',
  'alert.failed': 'error',
  'lineage.postponed': 'warn',
  'lineage.failed': 'error',
  'queue.error': 'error',
  'service.failed': 'error',
};

/** The process logger: JSON lines, readable in a terminal. `process` names the kind of process. */
export function createLogger(level: Config['logLevel'], process: string, pretty: boolean): Logger {
  const base = { base: { process }, level, timestamp: stdTimeFunctions.isoTime };
  return pretty
    ? pino({
        ...base,
        transport: { target: 'pino-pretty', options: { ignore: 'process', singleLine: true } },
      })
    : pino(base);
}

/**
 * The one place where facts become log lines. Who changed what is written whatever the level of the log, unless
 * it is silent. Answers the function that ends it.
 */
export function logFacts(facts: FactBus, logger: Logger): () => void {
  const audit = logger.level === 'silent' ? logger : logger.child({}, { level: LEVELS['audit.write'] });
  return facts.subscribe((fact) => writeFact(fact.type === 'audit.write' ? audit : logger, fact));
}

function writeFact(logger: Logger, fact: Fact): void {
  const { type, ...fields } = fact;
  const { error, ...rest } = fields as { error?: unknown };
  logger[LEVELS[type]]({ ...rest, ...(error !== undefined && { err: error }) }, type);
}
