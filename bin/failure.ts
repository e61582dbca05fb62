import { inspect } from 'node:util';
import { BackfillError } from '../src/errors/backfill-error.ts';

/** What a person is told of a failure: sentences, and the cause with its stack only at LOG_LEVEL debug or trace. */
export function describeFailure(thrown: unknown, logLevel: string | undefined): string {
  const detailed = logLevel === 'debug' || logLevel === 'trace';
  if (thrown instanceof BackfillError) {
    return `backfill: ${thrown.message}${detailed && thrown.cause !== undefined ? `\n${inspect(thrown.cause)}` : ''}`;
  }
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = detailed ? `\n${inspect(thrown)}` : ' Set LOG_LEVEL=debug to see where.';
  return `backfill: Something unexpected went wrong: ${what.split('\n')[0]}.${hint}`;
}

/** 2 for what the caller or the configuration got wrong, 1 for everything else that failed. */
export function exitCodeOf(thrown: unknown): 1 | 2 {
  if (!(thrown instanceof BackfillError)) return 1;
  if (thrown.code === 'configuration_invalid') return 2;
  return [400, 413, 422].includes(thrown.httpStatus) ? 2 : 1;
}
