import autocannon from 'autocannon';
import { dayRange } from './date-range.ts';
import { EventClients } from './event-clients.ts';
import { type Figure, figure } from './figure.ts';
import { type BenchStack, withStack } from './stack.ts';
import { quantile } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'page-and-api';
const SPREAD = 0.2;
const JOB = { name: 'page_20', limit: 20 };
const FULL = {
  connections: 10,
  load: { duration: 5 },
  dates: 500,
  runSeconds: 0.5,
  streamed: 300,
  clients: 1_000,
};
const SHORT = { connections: 2, load: { amount: 20 }, dates: 8, runSeconds: 0.2, streamed: 8, clients: 10 };
type Size = Omit<typeof FULL, 'load'> & { readonly load: { duration?: number; amount?: number } };

export const PAGE_AND_API_SHORT_JOBS = [JOB];

/** How soon GET is answered under load, and how soon many clients hear of a change. */
export async function measurePageAndApi(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const size = short ? SHORT : FULL;
  return withStack({ jobs: [JOB], workers: 1 }, run, async (stack) => {
    await stack.emulator.setRunSeconds(0);
    const request = { job: JOB.name, ...dayRange(size.dates) };
    const { backfill } = await timedBackfill(stack, request, signal);
    const gets = await measureGets(stack, backfill.id, size, signal);
    return [...gets, ...(await measureStream(stack, size, signal))];
  });
}

async function measureGets(
  { web }: BenchStack,
  id: string,
  { connections, load: amount, dates }: Size,
  signal: AbortSignal,
): Promise<Figure[]> {
  const paths = [
    ['the page', '/'],
    ['list of backfills', '/api/backfills'],
    ['one backfill', `/api/backfills/${id}`],
    [`its ${dates} dates`, `/api/backfills/${id}/dates`],
  ] as const;
  const load = async (path: string) => {
    signal.throwIfAborted();
    const result = await autocannon({ url: `${web.url}${path}`, connections, ...amount });
    if (result.non2xx + result.errors > 0)
      throw new Error(`${path} failed ${result.non2xx} times under load`);
    return result;
  };
  // Next to nothing but Express: what the same process answers at most.
  const floor = await load('/healthz');
  const figures: Figure[] = [];
  for (const [what, path] of paths) {
    const { latency, requests } = await load(path);
    const name = `GET ${what}, ${connections} connections`;
    const beside = (value: number) => ({ reference: { name: '/healthz', value } });
    figures.push(
      figure(SUITE, `${name}: average`, [latency.average, 'ms'], beside(floor.latency.average)),
      figure(SUITE, `${name}: 99th percentile`, [latency.p99, 'ms'], beside(floor.latency.p99)),
      figure(SUITE, name, [requests.average, 'requests/s'], beside(floor.requests.average)),
    );
  }
  return figures;
}

async function measureStream(stack: BenchStack, size: Size, signal: AbortSignal): Promise<Figure[]> {
  const single = await streamDelaysMs(stack, size, 1, signal);
  const many = await streamDelaysMs(stack, size, size.clients, signal);
  const line = (share: number, word: string) =>
    figure(SUITE, `a change to all of ${size.clients} clients, ${word}`, [quantile(many, share), 'ms'], {
      reference: { name: '1 client', value: quantile(single, share) },
    });
  return [line(0.5, 'median'), line(0.99, '99th percentile')];
}

/** How long each change took to each client, while a backfill runs. */
async function streamDelaysMs(
  stack: BenchStack,
  { streamed, runSeconds }: Size,
  count: number,
  signal: AbortSignal,
): Promise<number[]> {
  await stack.emulator.setRunSeconds(runSeconds, SPREAD);
  await stack.emulator.forget();
  const range = dayRange(streamed, 1_000 + count);
  const { id } = await stack.create({ job: JOB.name, reprocess: 'all', ...range });
  const clients = await EventClients.open(`${stack.web.url}/api/backfills/${id}/events`, count, signal);
  try {
    await stack.until(id, ({ finished_at }) => Boolean(finished_at), signal);
    return clients.delaysMs;
  } finally {
    clients.close();
  }
}
