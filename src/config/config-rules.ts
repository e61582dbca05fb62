import { isIPv4 } from 'node:net';
import type { Config } from './config.ts';
import type { Problems } from './problems.ts';
import { spelt } from './value-schema.ts';

/** Rules between settings. One that involves a setting already reported is left for the next start. */
export function checkRules({ access, tables, web, worker }: Config, problems: Problems): void {
  if (isOpen({ access, web }) && !isLoopback(web.bind)) {
    problems.addRule(['BACKFILL_BIND', 'BACKFILL_API_TOKENS'], {
      found: `${web.bind} without any token`,
      expected:
        'tokens in BACKFILL_API_TOKENS (or backfill.web.oidc, or a user_header of backfill.web.trusted_proxy), or a loopback address such as 127.0.0.1',
    });
  }
  if (tables.calendar.to < tables.calendar.from) {
    problems.addRule(['backfill.calendar.from', 'backfill.calendar.to'], {
      found: `${tables.calendar.from} to ${tables.calendar.to}`,
      expected: 'an end that is not before the start',
    });
  }
  // Silence is noticed at a check, so checks must come more often than locks run out.
  if (worker.stalledIntervalMs >= worker.lockDurationMs) {
    problems.addRule(['backfill.worker.stalled_interval', 'backfill.worker.lock_duration'], {
      found: `${spelt(worker.stalledIntervalMs)} and ${spelt(worker.lockDurationMs)}`,
      expected: 'a stalled_interval below the lock_duration',
    });
  }
  // A hand-over that outlives the lock races with the worker that takes the date over.
  if (worker.handoverMs >= worker.lockDurationMs) {
    problems.addRule(['backfill.worker.handover', 'backfill.worker.lock_duration'], {
      found: `${spelt(worker.handoverMs)} and ${spelt(worker.lockDurationMs)}`,
      expected: 'a handover below the lock_duration',
    });
  }
}

/** Whether everybody who reaches the web process is let in. */
export function isOpen({ access, web }: Pick<Config, 'access' | 'web'>): boolean {
  const users = access.trustedProxy?.userHeader ?? null;
  return web.tokens.length === 0 && access.oidc === null && users === null;
}

/** Whether an address to bind reaches this machine only. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
