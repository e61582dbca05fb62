import type { RoleValues } from '../../src/config/access-config.ts';
import type { ApiToken } from '../../src/config/config.ts';

/** The role that these values stand for, or null; one operator value is enough. */
export function roleOf(
  given: readonly string[],
  { operatorValues, viewerValues }: RoleValues,
): ApiToken['role'] | null {
  if (given.some((value) => operatorValues.includes(value))) return 'operator';
  return given.some((value) => viewerValues.includes(value)) ? 'viewer' : null;
}

/** A name from outside as it may stand in `created_by` and the log: one line, not too long. Null for none. */
export function callerName(given: unknown): string | null {
  const name = typeof given === 'string' ? given.trim() : '';
  return /^[^\p{C}]{1,200}$/u.test(name) ? name : null;
}
