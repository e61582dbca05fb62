import { BackfillError } from '../errors/backfill-error.ts';
import type { Alert } from './alert.ts';
import { alertLines } from './alert-text.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends a mail over SMTP. Its Message-ID is the same at every try, so that mail programs show one. Some of its
 * recipients may be refused although the others get it; they are not tried again, for that would mean a second
 * mail to those who have it.
 *
 * @throws BackfillError `receiver_unavailable` for what may pass, `receiver_refused` for what will not
 */
export async function sendMail(
  { smtp, from, to }: { smtp: string; from: string; to: readonly string[] },
  alert: Alert,
): Promise<{ refusedRecipients: number }> {
  const { createTransport } = await import('nodemailer');
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
  const transport = createTransport({ url: smtp, ...timeouts });
  try {
    const { rejected } = await transport.sendMail({
      from,
      to: [...to],
      subject: alert.title,
      text: `${alertLines(alert).join('\n')}\n`,
      messageId: `<${alert.key}@databricks-backfill>`,
      // Source: RFC 3834; keeps absence notes from answering.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return { refusedRecipients: rejected.length };
  } catch (thrown) {
    throw mailError(thrown);
  } finally {
    transport.close();
  }
}

/** Codes of nodemailer for what no server was asked, because it cannot work. */
const FINAL_CODES: readonly unknown[] = ['EAUTH', 'EENVELOPE', 'ENOAUTH'];

/**
 * A server that answers says itself whether it may pass: 4xx is for now, 5xx for good, whatever the code of
 * nodemailer. Words of the server are left out: they may repeat what was sent to it.
 */
function mailError(thrown: unknown): BackfillError {
  const { code, responseCode } = thrown as { code?: unknown; responseCode?: unknown };
  const answered = typeof responseCode === 'number';
  const what = answered ? `answered ${responseCode}` : `did not answer (${String(code ?? 'no code')})`;
  const isFinal = answered ? responseCode >= 500 : FINAL_CODES.includes(code);
  return new BackfillError(
    isFinal ? 'receiver_refused' : 'receiver_unavailable',
    `The mail server ${what}; check smtp, from and to of the channel.`,
    { details: { answered } },
  );
}
