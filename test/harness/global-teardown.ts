import './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  await globalThis.testRedis?.stop();
  await globalThis.testBuild?.remove();
}
