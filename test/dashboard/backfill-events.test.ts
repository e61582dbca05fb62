import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import express from 'express';
import { EventStreams } from '../../dashboard/event-streams.ts';
import { BackfillChanges } from '../../queues/backfill-changes.ts';
import { openTestRedis } from '../harness/redis.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

const WEEK = { job: 'nightly', start_date: '2024-06-03', end_date: '2024-06-09' };

describe('The events of a backfill', () => {
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

  async function create(): Promise<string> {
    return String((await web.post('/api/backfills', WEEK)).json.id);
  }

  async function settle(id: string): Promise<void> {
    await web.plans.settle(await web.plans.requireRecord(id), await web.plans.plan(id), null);
  }

  it('begin with the backfill as it is, and tell each change of it as GET would', async () => {
    const id = await create();
    await settle(id);
    await using events = await follow(`${web.url}/api/backfills/${id}/events`);
    expect(await events.next()).toMatchObject({ event: 'backfill', data: { id, state: 'running' } });

    await web.dispatcher.feed(jobId);
    const dates = [
      await events.next(),
      await events.next(),
      await events.next(),
      await events.next(),
      await events.next(),
    ];
    expect(dates.map(({ event, data }) => [event, data.position_date, data.state])).toEqual(
      ['2024-06-03', '2024-06-04', '2024-06-05', '2024-06-06', '2024-06-07'].map((date) => [
        'date',
        date,
        'queued',
      ]),
    );
    expect(await events.next()).toMatchObject({
      event: 'backfill',
      data: (await web.get(`/api/backfills/${id}`)).json,
    });
  });

  it('tell every date when planning ends, since each has its verdict then', async () => {
    const id = await create();
    await using events = await follow(`${web.url}/api/backfills/${id}/events`);
    expect(await events.next()).toMatchObject({ event: 'backfill', data: { state: 'planning' } });
    await settle(id);
    const told = await events.until(({ event }) => event === 'backfill');
    expect(told.map(({ event }) => event)).toEqual([...Array(7).fill('date'), 'backfill']);
    expect(told.at(-1)).toMatchObject({ data: { state: 'running' } });
  });

  it('go on after the last id that a client has, and do not repeat what it knows', async () => {
    const id = await create();
    await settle(id);
    const url = `${web.url}/api/backfills/${id}/events`;
    const first = await follow(url);
    const { id: lastId } = await first.next();
    await first[Symbol.asyncDispose]();

    await web.dispatcher.feed(jobId);
    await using second = await follow(url, lastId);
    const told = await second.until(({ event }) => event === 'backfill');
    expect(told.map(({ event }) => event)).toEqual([...Array(5).fill('date'), 'backfill']);
    expect(told.at(-1)?.id).not.toBe(lastId);
  });

  it('are told to a client that was away while planning ended', async () => {
    const id = await create();
    const url = `${web.url}/api/backfills/${id}/events`;
    const first = await follow(url);
    const { id: lastId } = await first.next();
    await first[Symbol.asyncDispose]();
    await settle(id);
    await using second = await follow(url, lastId);
    const told = await second.until(({ event }) => event === 'backfill');
    expect(told).toHaveLength(8);
  });

  it('end when the backfill has ended and its log is written, and a client that comes back is sent away', async () => {
    const id = await create();
    const done = (await web.plans.plan(id)).map((date) => ({ ...date, letter: 'a' as const }));
    await using events = await follow(`${web.url}/api/backfills/${id}/events`);
    await web.plans.settle(await web.plans.requireRecord(id), done, null);
    const ended = await events.until(({ data }) => data.state === 'completed');
    expect(ended.at(-1)?.data.log_pending).toBeGreaterThan(0);

    await confirmLog();
    const rest = await events.rest();
    expect(rest.at(-1)).toMatchObject({ event: 'backfill', data: { state: 'completed', log_pending: 0 } });

    const again = await fetch(`${web.url}/api/backfills/${id}/events`, {
      headers: { 'last-event-id': rest.at(-1)?.id ?? '' },
    });
    expect(again.status).toBe(204);
  });

  it('end at once when the server stops', async () => {
    const id = await create();
    await using events = await follow(`${web.url}/api/backfills/${id}/events`);
    await events.next();
    await web.close();
    expect(await events.rest()).toEqual([]);
    web = await startWeb({ databricks: workspace.databricks });
  });

  it('end when they are old though the backfill goes on, and bring the client back at once, so that who reads them is asked for again', async () => {
    const id = await create();
    await settle(id);
    const changes = new BackfillChanges(web.redis, openTestRedis(), web.keys);
    const streams = new EventStreams(web.redis, web.keys, { plans: web.plans, changes }, 50);
    const app = express().get('/events', (_request, response) => streams.open(id, null, response));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const text = await (await fetch(`http://127.0.0.1:${port}/events`)).text();
    expect(text).toMatch(/^retry: 500\n\n/);
    expect((await web.get(`/api/backfills/${id}`)).json.state).toBe('running');
    server.close();
    await once(server, 'close');
  });

  async function confirmLog(): Promise<void> {
    const waiting = await web.outbox.read(100);
    await web.outbox.confirm(waiting);
  }
});

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** One client of an event stream. */
async function follow(url: string, lastEventId?: string) {
  const abort = new AbortController();
  const response = await fetch(url, {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events = readEvents(response);
  const next = async (): Promise<Told> => {
    const { value, done } = await events.next();
    if (done) throw new Error('The stream ended.');
    return value;
  };
  return {
    next,
    /** Events up to and with the first that fits. */
    until: async (fits: (told: Told) => boolean): Promise<Told[]> => {
      const told = [await next()];
      for (let last = told[0]; last && !fits(last); ) {
        last = await next();
        told.push(last);
      }
      return told;
    },
    rest: async (): Promise<Told[]> => {
      const told: Told[] = [];
      for await (const event of events) told.push(event);
      return told;
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await events.return(undefined).catch(() => {});
    },
  };
}

async function* readEvents(response: Response): AsyncGenerator<Told, void> {
  const parsed: Told[] = [];
  const parser = createParser({
    onEvent: ({ event = '', id = '', data }: EventSourceMessage) => {
      parsed.push({ event, id, data: JSON.parse(data) });
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    while (parsed.length > 0) yield parsed.shift() as Told;
  }
}
