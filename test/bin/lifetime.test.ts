import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { RunningCommand, stackLines } from '../harness/command.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';
import { cleanUpRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';

const NO_REDIS = 'redis://127.0.0.1:1';

let emulator: EmulatorProcess | undefined;
const running: RunningCommand[] = [];

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator?.stop());
afterEach(async () => {
  for (const command of running.splice(0)) command.child.kill('SIGKILL');
  await cleanUpRedis();
});

function start(verb: string, env: Record<string, string>): RunningCommand {
  const command = new RunningCommand([verb], {
    env: {
      DATABRICKS_HOST: emulator?.url,
      DATABRICKS_TOKEN: 'test',
      DATABRICKS_WAREHOUSE_ID: emulator?.warehouseId,
      BACKFILL_CA_CERT: emulator?.caFile,
      BACKFILL_PORT: '0',
      BACKFILL_REDIS_PREFIX: testPrefix(),
      REDIS_URL: testRedisUrl(),
      ...env,
    },
  });
  running.push(command);
  return command;
}

test.each(['web', 'worker'])('%s without Redis says so, keeps trying, and stops when told', async (verb) => {
  const command = start(verb, { REDIS_URL: NO_REDIS });
  await command.untilSaid(/redis:\/\/127\.0\.0\.1:1 does not answer.*Trying again in 2 s/s);
  const result = await command.stop();
  expect(result.exitCode).toBe(0);
  expect(stackLines(result)).toEqual([]);
});

test('a worker without a workspace to reach says so and keeps trying', async () => {
  const worker = start('worker', { DATABRICKS_HOST: 'https://127.0.0.1:1' });
  await worker.untilSaid(/127\.0\.0\.1:1.*Trying again in/);
  const result = await worker.stop();
  expect(result.exitCode).toBe(0);
  expect(stackLines(result)).toEqual([]);
});

test('a worker that waited for Redis works as soon as it is there', async () => {
  const port = 20_000 + (process.pid % 20_000);
  const worker = start('worker', { REDIS_URL: `redis://127.0.0.1:${port}` });
  await worker.untilSaid('Trying again');
  const redis = await startRedisOn(port);
  try {
    await worker.untilSaid('"Ready"');
    expect((await worker.stop()).exitCode).toBe(0);
  } finally {
    redis.kill('SIGTERM');
    await once(redis, 'exit');
  }
});

test('a worker whose Redis has gone stops when told and does not wait for it', async () => {
  const port = 20_000 + ((process.pid + 7) % 20_000);
  const redis = await startRedisOn(port);
  const worker = start('worker', { REDIS_URL: `redis://127.0.0.1:${port}` });
  try {
    await worker.untilSaid('"Ready"');
  } finally {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
  }
  const startedMs = performance.now();
  const result = await worker.stop();
  expect(result.exitCode).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(9_000);
});

test('web and worker answer /healthz, and a second web process is told that the port is taken', async () => {
  const web = start('web', {});
  const worker = start('worker', { BACKFILL_WORKER_PORT: '0' });
  await Promise.all([web.untilSaid('Ready at'), worker.untilSaid('"Ready"')]);
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(web.said) ?? [];
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const [, health = ''] = /(http:\/\/[^"]+\/healthz)/.exec(worker.said) ?? [];
  expect((await fetch(health)).status).toBe(200);

  const second = await start('web', { BACKFILL_PORT: new URL(url).port }).result;
  expect(second.stderr).toMatch(/^backfill: .*BACKFILL_PORT/);
  expect(second.exitCode).toBe(2);
  const ended = await Promise.all([web.stop(), worker.stop()]);
  expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

async function startRedisOn(port: number): Promise<ChildProcess> {
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(redis, 'spawn');
  return redis;
}
