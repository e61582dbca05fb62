import { createServer, type Server } from 'node:http';
import { connect, createServer as createRelay, type Socket } from 'node:net';
import { pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import type { Config } from '../../src/config/config.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { eventually } from '../harness/eventually.ts';
import { cleanUpRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';
import { send, webConfig } from './running-web.ts';

const servers: WebServer[] = [];

function webServer(part: Partial<Config> = {}): WebServer {
  const logger = pino({ level: 'silent' });
  const server = new WebServer({ config: webConfig(part), facts: new FactBus(), logger });
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await cleanUpRedis();
});

describe('A web server', () => {
  it('starts and stops twice, in any order', async () => {
    const server = webServer();
    await server.stop();
    await Promise.all([server.start(), server.start()]);
    expect((await send(`${server.url}/healthz`, {})).status).toBe(200);
    await Promise.all([server.stop(), server.stop()]);
    await server.start();
    expect((await send(`${server.url}/readyz`, {})).json).toEqual({ status: 'ready', redis: 'ok' });
    const starting = webServer();
    const started = starting.start();
    await starting.stop();
    await started;
    expect(() => starting.url).toThrow('has not started');
  });

  it('stops while clients keep their connections', async () => {
    const server = webServer();
    await server.start();
    const { url } = server;
    await Promise.all([1, 2, 3].map(() => send(`${url}/healthz`, {})));
    await server.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('does not start without Redis, and names where it looked without the password', async () => {
    const redis = { url: 'redis://:hunter2@127.0.0.1:1', prefix: 't' };
    const failure = webServer({ redis }).start();
    await expect(failure).rejects.toMatchObject({ code: 'redis_unavailable' });
    await expect(failure).rejects.toThrow('127.0.0.1:1');
    await expect(failure).rejects.not.toThrow('hunter2');
  });

  it('does not start on a port that is taken, and says which', async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(
      webServer({ web: { port, bind: '127.0.0.1', tokens: [], logCacheMs: 0 } }).start(),
    ).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(String(port)),
    });
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('A web server that loses Redis', () => {
  let line: RedisLine;

  beforeEach(async () => {
    line = await lineToRedis();
  });
  afterEach(() => line.cut());

  it('says so with 503 instead of hanging, and serves again by itself once Redis is back', async () => {
    const server = webServer({ redis: { url: line.url, prefix: testPrefix() } });
    await server.start();
    const ask = (path: string) => send(`${server.url}${path}`, {});
    expect((await ask('/readyz')).status).toBe(200);

    await line.cut();
    for (const path of ['/readyz', '/api/backfills', '/api/overview', '/queues/api/queues']) {
      const reply = await ask(path);
      expect([path, reply.status, reply.json.code]).toEqual([path, 503, 'redis_unavailable']);
      expect(reply.json.message).toContain('REDIS_URL');
    }
    expect((await ask('/healthz')).status).toBe(200);

    await line.restore();
    await eventually(
      () => ask('/readyz'),
      ({ status }) => status === 200,
    );
    expect((await ask('/api/backfills')).json).toEqual({ items: [], next_cursor: null });
    expect((await ask('/queues/api/queues')).status).toBe(200);
  });
});

interface RedisLine {
  readonly url: string;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** A line to the Redis of this run that can be cut, while that Redis goes on for the other tests. */
async function lineToRedis(): Promise<RedisLine> {
  const target = new URL(testRedisUrl());
  const sockets = new Set<Socket>();
  const relay = createRelay((socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => sockets.delete(end));
    }
    socket.pipe(upstream).pipe(socket);
  });
  const listen = (port: number) => new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = relay.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const line = new URL(target);
  line.port = String(port);
  return {
    url: line.href,
    cut: async () => {
      if (!relay.listening) return;
      const closed = new Promise((resolve) => relay.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: () => listen(port),
  };
}
