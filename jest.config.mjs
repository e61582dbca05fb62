/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  extensionsToTreatAsEsm: [],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  globalSetup: '<rootDir>/test/harness/global-setup.ts',
  globalTeardown: '<rootDir>/test/harness/global-teardown.ts',
  // Tests wait for events, not for time; this only ends one that hangs, also on a slow machine.
  testTimeout: 120_000,
  maxWorkers: 2,
  // A test file leaves its modules behind; in a process of a gigabyte, collecting garbage takes longer than the
  // locks of the workers that tests run within it may stay unrenewed.
  workerIdleMemoryLimit: '800MB',
};
