import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { findRedis } from '../../bin/local-redis.ts';
import { cleanUpRedis, openTestRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';

afterEach(() => cleanUpRedis());

test('a private Redis keeps an append-only file, never evicts, and leaves nothing behind', async () => {
  const found = await findRedis({ env: { PATH: process.env.PATH }, onNotice: () => {} });
  const redis = new Redis(found.url);
  const settings = await redis.config('GET', 'appendonly', 'maxmemory-policy', 'bind', 'dir');
  redis.disconnect();
  await found.stop();
  await found.stop();

  const [, dir = ''] = settings.slice(settings.indexOf('dir'));
  expect(settings.join(' ')).toContain('appendonly yes');
  expect(settings.join(' ')).toContain('maxmemory-policy noeviction');
  expect(settings.join(' ')).toContain('bind 127.0.0.1');
  expect(dir).toContain('backfill-redis-');
  expect(existsSync(dir)).toBe(false);
});

test('REDIS_URL is used as it is and left running', async () => {
  const found = await findRedis({ env: { REDIS_URL: testRedisUrl() }, onNotice: () => {} });
  await found.stop();
  expect(found.how).toBe('configured');
  expect(await openTestRedis().set(`${testPrefix()}:alive`, 'yes')).toBe('OK');
});

test('a REDIS_URL that does not answer is an error that names it', async () => {
  const finding = findRedis({ env: { REDIS_URL: 'redis://127.0.0.1:1' }, onNotice: () => {} });
  await expect(finding).rejects.toMatchObject({
    code: 'redis_unavailable',
    message: expect.stringContaining('redis://127.0.0.1:1'),
  });
});

test('without Redis and without root, the ways to get one are named', async () => {
  const finding = findRedis({ env: { PATH: '/nonexistent' }, uid: 1000, onNotice: () => {} });
  await expect(finding).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringMatching(/REDIS_URL.*apt-get install.*brew install.*docker run/),
  });
});
