import { z } from 'zod';
import { BackfillError } from '../errors/backfill-error.ts';
import { DateColumnSchema } from './log-row.ts';

/** Place of a row in the order of the log search. */
const CursorSchema = z.strictObject({
  millis: z.int(),
  runId: z.string(),
  date: DateColumnSchema,
});
export type LogCursor = z.infer<typeof CursorSchema>;

/** The cursor as text that fits a URL. */
export function encodeCursor(cursor: LogCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws BackfillError `invalid_request` for a text that {@link encodeCursor} did not make. */
export function decodeCursor(text: string): LogCursor {
  try {
    return CursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw new BackfillError(
      'invalid_request',
      'cursor is none that this list gave out; leave it out to start from the first page.',
      { cause, details: { field: 'cursor' } },
    );
  }
}
