import { request as httpRequest } from 'node:http';
import { jobConfig } from '../jobs/job-config.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

const JUNE = { job: 'nightly', start_date: '2024-06-03', end_date: '2024-06-28' };
const INJECTION = "x'; DROP TABLE backfill_log; --";

/** What is sent; the status and code expected; what the message must name. */
type Row = [what: string, body: unknown, status: number, code: string, names: string];

const ROWS: Row[] = [
  ['no JSON', '{"job": ', 400, 'invalid_request', 'body'],
  ['nothing', undefined, 400, 'invalid_request', 'job: expected the name'],
  ['a list', [JUNE], 400, 'invalid_request', 'expected object'],
  ['text', '"nightly"', 400, 'invalid_request', 'body'],
  ['null', 'null', 400, 'invalid_request', 'body'],
  ['an unknown field', { ...JUNE, strat_date: '2024-06-03' }, 400, 'invalid_request', 'strat_date'],
  ['__proto__', `{"job":"nightly","__proto__":{"dry_run":true}}`, 400, 'invalid_request', '__proto__'],
  ['no job', { ...JUNE, job: undefined }, 400, 'invalid_request', 'job: expected the name'],
  ['two jobs', { ...JUNE, job_id: '1' }, 400, 'invalid_request', 'job_id: expected either'],
  ['an empty job', { ...JUNE, job: '' }, 400, 'invalid_request', 'job'],
  ['a job that is a number', { ...JUNE, job: 5 }, 400, 'invalid_request', 'job: expected string'],
  ['an id that is a number', { ...JUNE, job: undefined, job_id: 12 }, 400, 'invalid_request', 'job_id'],
  ['an id with SQL', { ...JUNE, job: undefined, job_id: '1 OR 1=1' }, 400, 'invalid_request', 'job_id'],
  ['an id with a key', { ...JUNE, job: undefined, job_id: '1:open' }, 400, 'invalid_request', 'job_id'],
  [
    '30 February',
    { ...JUNE, start_date: '2024-02-30' },
    400,
    'invalid_request',
    'start_date: expected a date',
  ],
  ['29 February 2023', { ...JUNE, end_date: '2023-02-29' }, 400, 'invalid_request', 'end_date'],
  ['another date format', { ...JUNE, start_date: '06/03/2024' }, 400, 'invalid_request', 'start_date'],
  ['an instant', { ...JUNE, start_date: '2024-06-03T00:00:00Z' }, 400, 'invalid_request', 'start_date'],
  ['a date with SQL', { ...JUNE, start_date: INJECTION }, 400, 'invalid_request', 'start_date'],
  ['a date that is a number', { ...JUNE, start_date: 20240603 }, 400, 'invalid_request', 'start_date'],
  [
    'a date in a list',
    { job: 'nightly', dates: ['2024-06-03', '2024-13-01'] },
    400,
    'invalid_request',
    'dates.1',
  ],
  ['an empty list', { job: 'nightly', dates: [] }, 400, 'invalid_request', 'dates'],
  ['dates and a range', { ...JUNE, dates: ['2024-06-03'] }, 400, 'invalid_request', 'dates: expected either'],
  ['no dates', { job: 'nightly' }, 400, 'invalid_request', 'start_date'],
  ['no end', { job: 'nightly', start_date: '2024-06-03' }, 400, 'invalid_request', 'end_date'],
  ['no start', { job: 'nightly', end_date: '2024-06-03' }, 400, 'invalid_request', 'start_date'],
  ['a bad exclusion', { ...JUNE, exclude_dates: ['soon'] }, 400, 'invalid_request', 'exclude_dates.0'],
  ['reprocess some', { ...JUNE, reprocess: 'some' }, 400, 'invalid_request', 'reprocess'],
  ['order random', { ...JUNE, order: 'random' }, 400, 'invalid_request', 'order'],
  ['priority 0', { ...JUNE, priority: 0 }, 400, 'invalid_request', 'priority'],
  ['priority 1001', { ...JUNE, priority: 1001 }, 400, 'invalid_request', 'priority'],
  ['priority 1.5', { ...JUNE, priority: 1.5 }, 400, 'invalid_request', 'priority'],
  ['priority as text', { ...JUNE, priority: '5' }, 400, 'invalid_request', 'priority: expected number'],
  ['no run at a time', { ...JUNE, max_active_runs: 0 }, 400, 'invalid_request', 'max_active_runs'],
  ['no attempt', { ...JUNE, max_attempts: 0 }, 400, 'invalid_request', 'max_attempts'],
  ['stop after -1', { ...JUNE, stop_after_failures: -1 }, 400, 'invalid_request', 'stop_after_failures'],
  ['dry_run as text', { ...JUNE, dry_run: 'yes' }, 400, 'invalid_request', 'dry_run'],
  [
    'a parameter that is a number',
    { ...JUNE, parameters: { region: 5 } },
    400,
    'invalid_request',
    'parameters.region',
  ],
  ['parameters that are a list', { ...JUNE, parameters: ['a'] }, 400, 'invalid_request', 'parameters'],
  [
    'a parameter name with SQL',
    { ...JUNE, parameters: { [INJECTION]: 'x' } },
    400,
    'invalid_request',
    'parameter name',
  ],
  [
    'the date as a parameter',
    { ...JUNE, parameters: { position_date: '2024-01-01' } },
    400,
    'invalid_request',
    'parameters.position_date',
  ],
  [
    'parameters too long',
    { ...JUNE, parameters: { region: 'x'.repeat(10_001) } },
    400,
    'invalid_request',
    'parameters',
  ],
  ['several mistakes', { ...JUNE, start_date: 'a', end_date: 'b' }, 400, 'invalid_request', 'end_date'],
  [
    'an undeclared parameter',
    { ...JUNE, parameters: { regoin: 'x' } },
    422,
    'undeclared_parameter',
    'regoin',
  ],
  ['a job without the parameter', { ...JUNE, job: 'dateless' }, 422, 'undeclared_parameter', 'position_date'],
  ['end before start', { ...JUNE, end_date: '2024-06-01' }, 422, 'end_before_start', '2024-06-01'],
  [
    '21 years',
    { ...JUNE, start_date: '2000-01-01', end_date: '2021-01-01' },
    422,
    'range_too_long',
    '20 years',
  ],
  [
    'dates 21 years apart',
    { job: 'nightly', dates: ['2000-01-03', '2021-01-04'] },
    422,
    'range_too_long',
    '20 years',
  ],
  [
    'a weekend',
    { job: 'nightly', dates: ['2024-06-01', '2024-06-02'] },
    422,
    'no_business_day',
    'business day',
  ],
  [
    'only excluded dates',
    { job: 'nightly', dates: ['2024-06-03'], exclude_dates: ['2024-06-03'] },
    422,
    'no_business_day',
    'exclude_dates',
  ],
  [
    'the future',
    { job: 'nightly', start_date: '2999-06-01', end_date: '2999-06-30' },
    422,
    'all_in_future',
    'today',
  ],
  ['an unknown calendar', { ...JUNE, calendar: 'MOON' }, 422, 'unknown_calendar', 'MOON'],
  ['a calendar with a key', { ...JUNE, calendar: 'constructor' }, 422, 'unknown_calendar', 'constructor'],
  ['an unknown job', { ...JUNE, job: 'nihgtly' }, 422, 'unknown_job', 'nightly'],
  ['a job with SQL', { ...JUNE, job: INJECTION }, 422, 'unknown_job', 'DROP TABLE'],
  ['a job named constructor', { ...JUNE, job: 'constructor' }, 422, 'unknown_job', 'constructor'],
  ['a job that is not there', { ...JUNE, job: 'only_configured' }, 422, 'unknown_job', 'only_configured'],
  ['an unknown id', { ...JUNE, job: undefined, job_id: '404' }, 422, 'unknown_job', '404'],
  ['an ambiguous job', { ...JUNE, job: 'twins' }, 422, 'ambiguous_job', 'twins'],
];

describe('A request that is wrong', () => {
  let workspace: Workspace;
  let web: RunningWeb;

  beforeAll(async () => {
    workspace = await startWorkspace();
    const region = ['position_date', 'region'].map((name) => ({ name, default: '' }));
    await workspace.createJob('nightly', { parameters: region });
    await workspace.createJob('dateless', { parameters: [{ name: 'day', default: '' }] });
    await workspace.createJob('twins');
    await workspace.createJob('twins');
    const jobs = { only_configured: jobConfig('only_configured') };
    web = await startWeb({ databricks: workspace.databricks, jobs });
  });
  afterAll(async () => {
    await web.close();
    await workspace.close();
  });

  it.each(ROWS)(
    'with %s is refused by name, and nothing is stored or started',
    async (_what, body, status, code, names) => {
      const reply = await web.post('/api/backfills', body, { 'content-type': 'application/json' });

      expect({ status: reply.status, code: reply.json.code }).toEqual({ status, code });
      expect(reply.json.message).toContain(names);
      expect(Object.keys(reply.json).sort()).toEqual(['code', 'details', 'message']);
      expect(reply.text).not.toMatch(/\bat .+\.[tj]s:\d+/);
      expect(await web.keyNames()).toEqual([]);
      expect((await workspace.emulator.local.ledger()).run_now).toEqual([]);
    },
  );

  it('names every field that is wrong, each with what was expected', async () => {
    const { json } = await web.post('/api/backfills', { ...JUNE, priority: 'high', dates: 5, prioriti: 1 });
    expect(json.details).toEqual({
      issues: expect.arrayContaining([
        { field: 'priority', message: expect.stringContaining('expected number') },
        { field: 'dates', message: expect.stringContaining('expected array') },
        { field: 'prioriti', message: expect.stringContaining('Did you mean "priority"?') },
      ]),
    });
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not printable', 'a\tb'],
  ])('with an Idempotency-Key that is %s is refused', async (_what, key) => {
    const reply = await web.post('/api/backfills', JUNE, { 'idempotency-key': key });
    expect([reply.status, reply.json.code]).toEqual([400, 'invalid_request']);
    expect(reply.json.message).toContain('Idempotency-Key');
    expect((await web.get('/api/backfills')).json.items).toEqual([]);
  });

  it('of 10 MB is refused before it has been read', async () => {
    const reply = await refusedBody(web.url, 10_000_000);
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.text)).toMatchObject({
      code: 'body_too_large',
      details: { limit_bytes: 1_048_576 },
    });
  });

  it('of more than 1 MB that was sent whole is refused too', async () => {
    const reply = await web.post('/api/backfills', { ...JUNE, reason: 'x'.repeat(1_100_000) });
    expect([reply.status, reply.json.code]).toEqual([413, 'body_too_large']);
  });

  it('in another content type is refused, since a form of any web site could send that', async () => {
    const reply = await web.post('/api/backfills', JUNE, { 'content-type': 'text/plain' });
    expect([reply.status, reply.json.code]).toEqual([400, 'invalid_request']);
    expect(reply.json.message).toContain('application/json');
  });

  it.each([
    '/api/nothing',
    '/api/backfills/nothing',
    '/api/backfills/0190aaaa-0000-7000-8000-000000000000',
    '/api/backfills/0190aaaa-0000-7000-8000-000000000000:letters',
    '/api/backfills/0190aaaa-0000-7000-8000-000000000000/dates',
    '/api/backfills/0190aaaa-0000-7000-8000-000000000000/events',
    '/nothing',
  ])('for %s finds nothing and says so in JSON', async (path) => {
    const reply = await web.get(path);
    expect([reply.status, reply.json.code]).toEqual([404, 'not_found']);
  });

  it.each([
    ['/api/backfills?limit=0', 'limit'],
    ['/api/backfills?limit=201', 'limit'],
    ['/api/backfills?limit=ten', 'limit'],
    ['/api/backfills?limit=1&limit=2', 'limit'],
    ['/api/backfills?cursor=x', 'cursor'],
    ['/api/backfills?state=running', 'state'],
    ['/api/backfills/0190aaaa-0000-7000-8000-000000000000/dates?state=done', 'state'],
    ['/api/coverage?start_date=2024-06-01', 'end_date'],
    ['/api/coverage?start_date=2024-06-01&end_date=2024-06-31', 'end_date'],
    ['/api/log?status=DONE', 'status'],
    ['/api/log?cursor=x', 'cursor'],
    ['/api/log/summary?limit=5', 'limit'],
  ])('%s is refused by the field %s', async (path, field) => {
    const reply = await web.get(path);
    expect([reply.status, reply.json.code]).toEqual([400, 'invalid_request']);
    expect(reply.json.message).toContain(field);
  });
});

/** Announces a body, sends none of it, and takes the answer. */
function refusedBody(url: string, bytes: number): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': bytes };
    const sent = httpRequest(`${url}/api/backfills`, { method: 'POST', headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, text });
      sent.destroy();
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}
