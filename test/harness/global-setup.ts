import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ProductBuild } from '../../bench/product-build.ts';
import { findRedis, type LocalRedis } from '../../bin/local-redis.ts';

declare global {
  // Jest hands nothing from setup to teardown but the global object.
  var testRedis: LocalRedis | undefined;
  var testBuild: ProductBuild | undefined;
}

/** The page, built unless it is; the product, built as it is deployed; and one Redis for the whole run: REDIS_URL, or a private one that ends with Jest. */
export default async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, [join(__dirname, '..', '..', 'bin', 'ensure-page.mjs')], {
    stdio: 'inherit',
  });
  globalThis.testBuild = await ProductBuild.make();
  process.env.BACKFILL_TEST_BUILD = globalThis.testBuild.directory;
  const redis = await findRedis({ env: process.env, onNotice: (line) => console.log(line) });
  globalThis.testRedis = redis;
  process.env.BACKFILL_TEST_REDIS_URL = redis.url;
}
