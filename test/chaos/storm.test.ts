import { runCommand } from '../harness/command.ts';
import { storm } from './storm.ts';

const OPTIONS = {
  seed: 7,
  workers: 2,
  limit: 8,
  killEveryMs: 4_000,
  lockDurationMs: 2_000,
  lengthMs: 60_000,
};

test('the same seed brings the same storm, another seed another one', () => {
  expect(storm(OPTIONS)).toEqual(storm({ ...OPTIONS }));
  expect(storm({ ...OPTIONS, seed: 8 })).not.toEqual(storm(OPTIONS));
});

test('a storm brings every kind of fault', () => {
  const kinds = new Set(storm({ ...OPTIONS, lengthMs: 300_000 }).map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual([
    'api down',
    'api fault',
    'foreign runs',
    'limit changed',
    'redis connections cut',
    'redis frozen',
    'redis restarted',
    'run deleted',
    'warehouse down',
    'warehouse fault',
    'worker frozen',
    'worker killed',
    'worker terminated',
    'write conflicts',
  ]);
});

// Workers are killed by the clock, and a slow machine may take longer to start one than the storm to kill it:
// so the storm has an end, after which every date must get to its own. A killed log writer may leave its lease
// for 75 s besides.
test('no date is lost and none runs twice in a short storm', async () => {
  const args = ['--dates', '60', '--workers', '2', '--limit', '8', '--kill-every', '4', '--seed', '3'];
  const result = await runCommand([...args, '--storm', '45', '--bound', '150'], {
    script: 'test/chaos/chaos.ts',
    env: { TMPDIR: process.env.TMPDIR },
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^violations +0$/m) });
}, 330_000);
