import { type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

const WEEK = { job: 'nightly', start_date: '2024-06-03', end_date: '2024-06-09' };

describe('A backfill', () => {
  let workspace: Workspace;
  let jobId: string;
  let web: RunningWeb;

  beforeAll(async () => {
    workspace = await startWorkspace();
    jobId = await workspace.createJob('nightly');
  });
  afterAll(() => workspace.close());
  beforeEach(async () => {
    web = await startWeb({ databricks: workspace.databricks });
  });
  afterEach(() => web.close());

  async function create(part: object = {}): Promise<string> {
    return String((await web.post('/api/backfills', { ...WEEK, ...part })).json.id);
  }

  /** Ends planning, as a worker does once the log has been asked. */
  async function settle(id: string): Promise<void> {
    await web.plans.settle(await web.plans.requireRecord(id), await web.plans.plan(id), null);
    await web.dispatcher.feed(jobId);
  }

  it('tells its dates in the order in which they run, or those of one state', async () => {
    const id = await create();
    const dates = JSON.parse((await web.get(`/api/backfills/${id}/dates`)).text);
    expect(dates).toHaveLength(7);
    expect(dates[0]).toEqual({
      position_date: '2024-06-03',
      position_end_date: '2024-06-03',
      state: 'pending',
      reason: null,
      attempt: 0,
      attempt_id: null,
      run_id: null,
      run_page_url: null,
      started_at: null,
      finished_at: null,
      error_message: null,
      decision: null,
      decision_reason: null,
      retry_at: null,
      waiting_for: null,
      adopted_from: null,
    });
    const skipped = JSON.parse((await web.get(`/api/backfills/${id}/dates?state=skipped`)).text);
    expect(skipped).toMatchObject([
      { position_date: '2024-06-08', reason: 'not_business_day' },
      { position_date: '2024-06-09', reason: 'not_business_day' },
    ]);
  });

  it('is listed newest first, page by page', async () => {
    const ids = [await create(), await create(), await create()];
    const first = await web.get('/api/backfills?limit=2');
    expect(first.json.items).toMatchObject([{ id: ids[2] }, { id: ids[1] }]);
    const second = await web.get(`/api/backfills?limit=2&cursor=${first.json.next_cursor}`);
    expect(second.json).toMatchObject({ items: [{ id: ids[0] }], next_cursor: null });
  });

  it('is read from Redis alone: neither the workspace nor its warehouse is asked', async () => {
    const id = await create();
    await settle(id);
    const before = (await workspace.emulator.local.ledger()).requests;
    const paths = ['', `/${id}`, `/${id}/dates`].map((path) => `/api/backfills${path}`);
    for (const path of [...paths, '/', '/healthz', '/readyz']) expect((await web.get(path)).status).toBe(200);
    expect((await workspace.emulator.local.ledger()).requests).toEqual(before);
  });

  it('pauses: nothing of it waits in the queue any more, and it says who paused it', async () => {
    const id = await create();
    await settle(id);
    expect(await web.queues.dates(jobId).getPrioritizedCount()).toBe(5);

    const paused = await web.post(`/api/backfills/${id}/pause`);
    expect(paused.status).toBe(200);
    expect(paused.json).toMatchObject({
      id,
      state: 'paused',
      state_reason: 'Paused by anonymous.',
      counts: { pending: 5, queued: 0 },
    });
    expect(await web.queues.dates(jobId).getPrioritizedCount()).toBe(0);
  });

  it('goes on where it was paused', async () => {
    const id = await create();
    await settle(id);
    await web.post(`/api/backfills/${id}/pause`, { reason: 'month end' });
    expect((await web.get(`/api/backfills/${id}`)).json.state_reason).toBe('month end');

    const resumed = await web.post(`/api/backfills/${id}/resume`);
    expect([resumed.status, resumed.json.state]).toEqual([200, 'running']);
    expect(await web.queues.dates(jobId).getPrioritizedCount()).toBe(5);
  });

  it('lets another backfill run the dates that it gave back when it paused', async () => {
    const [first, second] = [await create(), await create()];
    await settle(first);
    await settle(second);
    const waiting = JSON.parse((await web.get(`/api/backfills/${second}/dates?state=pending`)).text);
    expect(waiting[0]).toMatchObject({ position_date: '2024-06-03', waiting_for: first });

    await web.post(`/api/backfills/${first}/pause`);
    expect((await web.get(`/api/backfills/${second}`)).json.counts).toMatchObject({ queued: 5, pending: 0 });
  });

  it('may be paused and resumed twice', async () => {
    const id = await create();
    await settle(id);
    const replies = [];
    for (const verb of ['pause', 'pause', 'resume', 'resume']) {
      replies.push((await web.post(`/api/backfills/${id}/${verb}`)).status);
    }
    expect(replies).toEqual([200, 200, 200, 200]);
  });

  it('is described by the OpenAPI document, with the fields that a request may have', async () => {
    const { json } = await web.get('/api/openapi.json');
    expect(json).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/api/backfills': {
          post: {
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    additionalProperties: false,
                    properties: {
                      start_date: { type: 'string', format: 'date' },
                      reprocess: { enum: ['missing', 'failed', 'all'], default: 'missing' },
                      priority: { minimum: 1, maximum: 1000, default: 100 },
                    },
                  },
                },
              },
            },
          },
        },
        '/api/backfills/{id}': { get: { parameters: [{ name: 'id', in: 'path' }] } },
        '/api/coverage': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({ name: 'end_date', required: true }),
            ]),
          },
        },
      },
    });
  });
});
