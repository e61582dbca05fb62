import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findRedis, type LocalRedis } from '../../bin/local-redis.ts';

declare global {
  // Jest hands nothing from setup to teardown but the global object.
  var testRedis: LocalRedis | undefined;
}

/** The page, built unless it is; and one Redis for the whole run: REDIS_URL, or a private one that ends with Jest. */
export default async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, [join(__dirname, '..', '..', 'bin', 'ensure-page.mjs')], {
    stdio: 'inherit',
  });
  const redis = await findRedis({ env: process.env, onNotice: (line) => console.log(line) });
  globalThis.testRedis = redis;
  process.env.BACKFILL_TEST_REDIS_URL = redis.url;
}
