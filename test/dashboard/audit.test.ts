import type { Fact } from '../../src/facts/fact.ts';
import { ask, OPERATOR_TOKEN, signedIn, tokens, VIEWER_TOKEN } from './access-clients.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace, webConfig } from './running-web.ts';

let workspace: Workspace;
let web: RunningWeb;
let audit: Fact[] = [];

beforeAll(async () => {
  workspace = await startWorkspace();
  await workspace.createJob('nightly');
});
afterAll(() => workspace.close());
beforeEach(async () => {
  web = await startWeb({
    databricks: workspace.databricks,
    web: { ...webConfig().web, tokens },
  });
  audit = [];
  web.facts.subscribe((fact) => {
    if (fact.type === 'audit.write') audit.push(fact);
  });
});
afterEach(() => web.close());

test('every write that succeeds leaves a line with who did what to which backfill', async () => {
  const authorization = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const created = await web.post('/api/backfills', { job: 'nightly', dates: ['2024-06-03'] }, authorization);
  const { id } = created.json;
  const { cookie, csrf } = await signedIn(web.url, OPERATOR_TOKEN);
  const paused = await ask(`${web.url}/api/backfills/${id}/pause`, {
    method: 'POST',
    headers: { cookie, 'x-csrf-token': csrf },
  });
  expect([created.status, paused.status]).toEqual([202, 200]);
  const line = {
    type: 'audit.write',
    caller: 'ada',
    role: 'operator',
    address: '127.0.0.1',
    backfill_id: id,
  };
  expect(audit).toEqual([
    { ...line, via: 'token', method: 'POST', route: '/api/backfills', status: 202 },
    { ...line, via: 'session', method: 'POST', route: '/api/backfills/:id/pause', status: 200 },
  ]);
  expect(created.json.created_by).toBe('ada');
});

test('a preview is no write and leaves none', async () => {
  const asked = { job: 'nightly', dates: ['2024-06-03'], reprocess: 'all', dry_run: true };
  for (const token of [OPERATOR_TOKEN, VIEWER_TOKEN]) {
    const preview = await web.post('/api/backfills', asked, { authorization: `Bearer ${token}` });
    expect([preview.status, preview.json.counts]).toEqual([200, { run: 1, skip: 0, wait: 0, total: 1 }]);
  }
  expect(audit).toEqual([]);
  expect((await web.get('/api/backfills', { authorization: `Bearer ${VIEWER_TOKEN}` })).json.items).toEqual(
    [],
  );
});

test('a write that fails leaves none', async () => {
  const authorization = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  expect((await web.post('/api/backfills', { job: 'no such job' }, authorization)).status).toBe(400);
  expect(audit).toEqual([]);
});
