import { inspect } from 'node:util';
import { BackfillError } from '../../src/errors/backfill-error.ts';

/** The error that a call fails with. Throws when the call succeeds or fails with anything but our error. */
export async function failureOf(call: Promise<unknown>): Promise<BackfillError> {
  const failure: unknown = await call.then(
    () => 'the call succeeded',
    (thrown) => thrown,
  );
  if (failure instanceof BackfillError) return failure;
  throw new Error(`Expected a BackfillError, got ${inspect(failure)}`);
}
