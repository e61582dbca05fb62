import { boardJobLink, boardJobTitle } from '../../dashboard/board-job.ts';
import { type RunningWeb, send, startWeb, startWorkspace, type Workspace } from './running-web.ts';

/** The routes of Bull Board itself; the package exports them without types. */
const { appRoutes } = jest.requireActual<{
  appRoutes: { api: { method: string | string[]; route: string | string[] }[] };
}>('@bull-board/api/dist/routes');

interface ShownQueue {
  name: string;
  description?: string;
  readOnlyMode: boolean;
  counts: Record<string, number>;
}

describe('The queue board', () => {
  let workspace: Workspace;
  let jobId: string;
  let web: RunningWeb;
  let backfillId: string;

  beforeAll(async () => {
    workspace = await startWorkspace();
    jobId = await workspace.createJob('nightly');
  });
  afterAll(() => workspace.close());
  beforeEach(async () => {
    web = await startWeb({ databricks: workspace.databricks });
    const { json } = await web.post('/api/backfills', {
      job: 'nightly',
      dates: ['2024-06-03', '2024-06-04'],
    });
    backfillId = String(json.id);
    await web.plans.settle(await web.plans.requireRecord(backfillId), await web.plans.plan(backfillId), null);
    await web.dispatcher.feed(jobId);
  });
  afterEach(() => web.close());

  const shown = async () => (await web.get('/queues/api/queues')).json.queues as ShownQueue[];

  it('shows every queue, read only', async () => {
    const page = await web.get('/queues');
    expect(page.headers.get('content-type')).toContain('text/html');
    const queues = await shown();
    const names = queues.map(({ name }) => name).sort();
    expect(names).toEqual(['alerts', `dates-${jobId}`, 'failed-dates', 'lineage', 'plans', 'sweeps']);
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    expect(queues.find(({ name }) => name === `dates-${jobId}`)).toMatchObject({
      description: 'Dates of the job nightly',
      counts: { prioritized: 2 },
    });
  });

  it('shows the queue of a job that is backfilled for the first time without a restart', async () => {
    const other = await workspace.createJob('other');
    await web.post('/api/backfills', { job: 'other', dates: ['2024-06-03'] });
    expect((await shown()).map(({ name }) => name)).toContain(`dates-${other}`);
  });

  it('shows date, attempt and outcome of a job at a glance, and links it to its run or its date', async () => {
    const { json } = await web.get(`/queues/api/queues/dates-${jobId}/${backfillId}_2024-06-03_1`);
    expect(json.job).toMatchObject({
      name: '2024-06-03, attempt 1',
      data: { attempt: 1 },
      externalUrl: { displayText: 'Date', href: `/#/backfills/${backfillId}?date=2024-06-03` },
    });
    const finished = {
      name: '2024-06-03',
      data: { v: 1, backfill_id: backfillId, position_date: '2024-06-03', attempt: 2 },
      returnvalue: { outcome: 'failed', run_id: '77', run_page_url: 'https://workspace.test/run/77' },
    };
    expect(boardJobTitle(finished)).toBe('2024-06-03, attempt 2: failed');
    expect(boardJobLink(finished)).toEqual({ displayText: 'Run 77', href: 'https://workspace.test/run/77' });
    const odd = { ...finished, returnvalue: { run_id: '77', run_page_url: 'javascript:alert(1)' } };
    expect(boardJobLink(odd).href).toContain('/#/backfills/');
  });

  it('serves its own files', async () => {
    const page = await web.get('/queues');
    const script = /src="([^"]+\.js)"/.exec(page.text)?.[1] ?? '';
    const file = await web.get(new URL(script, `${web.url}/queues/`).pathname);
    expect([file.status, file.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('javascript'),
    ]);
  });

  it('answers every route that would change something with a refusal, and changes nothing', async () => {
    const writes = writeRoutes(`dates-${jobId}`, `${backfillId}_2024-06-03_1`);
    expect(writes.length).toBeGreaterThan(15);
    const before = await contents(web);
    for (const { method, path } of writes) {
      const headers = { 'content-type': 'application/json' };
      const reply = await send(`${web.url}/queues${path}`, { method, headers, body: '{"concurrency":99}' });
      expect({ method, path, status: reply.status }).toEqual({ method, path, status: 405 });
    }
    expect(await contents(web)).toEqual(before);
  });
});

/** All that Bull Board itself says it can be asked but to read. */
function writeRoutes(queueName: string, jobId: string): { method: string; path: string }[] {
  return appRoutes.api.flatMap(({ method, route }) =>
    [method]
      .flat()
      .filter((verb) => verb !== 'get')
      .flatMap((verb) =>
        [route].flat().map((path) => ({
          method: verb.toUpperCase(),
          path: path
            .replace(':queueName', queueName)
            .replace(':jobId', jobId)
            .replace(':queueStatus', 'prioritized')
            .replace(':schedulerId', 'nightly'),
        })),
      ),
  );
}

async function contents(web: RunningWeb): Promise<Record<string, string | null>> {
  const names = await web.keyNames();
  const dumps = await Promise.all(names.map((name) => web.redis.dump(name)));
  return Object.fromEntries(names.map((name, index) => [name, dumps[index] ?? null]));
}
