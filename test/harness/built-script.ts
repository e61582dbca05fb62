import { join, resolve } from 'node:path';

/** Scripts that a build has and tests start many times. */
const BUILT = /^(bin\/backfill|emulator\/main)\.ts$/;

/**
 * Arguments of `node` that run a script of ours, such as `bin/backfill.ts`: as it was built for this test run,
 * or from its source, which takes twice as long to start, where nothing was built or the build lacks it.
 */
export function scriptArguments(repo: string, script: string): string[] {
  const build = process.env.BACKFILL_TEST_BUILD;
  if (build !== undefined && BUILT.test(script)) return [join(build, 'dist', script.replace(/ts$/, 'js'))];
  const loader = join(repo, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return [...(script.endsWith('.ts') ? ['--import', loader] : []), resolve(repo, script)];
}
