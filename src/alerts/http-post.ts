import { BackfillError } from '../errors/backfill-error.ts';

const TIMEOUT_MS = 10_000;

/** Where no connection came about, nothing was sent. */
const NEVER_SENT: readonly string[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** These may pass: time-out, too early, too many, and whatever the server takes on itself. */
function mayPass(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/**
 * Posts a text once. Neither the address nor the headers appear in an error, since both may hold secrets; nor
 * does the answer, which may repeat them (`Cannot POST /services/...`).
 *
 * @param receiver Who gets it, for people: `Slack`.
 * @throws BackfillError `receiver_unavailable` for what may pass, `receiver_refused` for what will not;
 *   `details.may_have_arrived` where it was sent perhaps and no answer came
 */
export async function post(
  receiver: string,
  url: string,
  { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'user-agent': 'databricks-backfill', ...headers },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((thrown: unknown) => {
    const code = codeOf(thrown);
    throw new BackfillError(
      'receiver_unavailable',
      `${receiver} did not answer (${code}); check its address and the network between here and there.`,
      { details: { answered: false, may_have_arrived: !NEVER_SENT.includes(code) } },
    );
  });
  await response.body?.cancel().catch(() => {});
  if (response.ok) return;
  throw new BackfillError(
    mayPass(response.status) ? 'receiver_unavailable' : 'receiver_refused',
    `${receiver} answered HTTP ${response.status}; check its address and its secret.`,
    { details: { answered: true, status: response.status }, ...retryAfter(response) },
  );
}

function retryAfter(response: Response): { retryAfterMs?: number } {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
}

/** The error code deepest in the chain of causes; messages are left out, for they may name the address. */
function codeOf(thrown: unknown): string {
  let code = 'connection failed';
  for (let error = thrown; typeof error === 'object' && error !== null; error = Reflect.get(error, 'cause')) {
    if (Reflect.get(error, 'name') === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1_000} s`;
    const found: unknown = Reflect.get(error, 'code');
    if (typeof found === 'string') code = found;
  }
  return code;
}
