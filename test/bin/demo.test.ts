import { randomUUID } from 'node:crypto';
import { RunningCommand, stackLines } from '../harness/command.ts';
import { markedProcesses, remainingProcesses } from '../harness/marked-processes.ts';

const DEADLINE_MS = 90_000;

function startDemo(args: readonly string[] = []): { demo: RunningCommand; mark: string } {
  const mark = `demo-of-test-${randomUUID()}`;
  return { demo: new RunningCommand(args, { script: 'bin/demo.ts', env: { TEST_MARK: mark } }), mark };
}

test(
  'the demo backfills June 2024, brings two failed dates of July right, checks every figure, exits 0 and leaves nothing running',
  async () => {
    const { demo, mark } = startDemo();
    const result = await demo.result;
    expect(result.stdout).toContain('19 succeeded, 11 skipped ✓');
    expect(result.stdout).toContain('190 in destination_data, 190 in source_data, 0 differ ✓');
    expect(result.stdout).toContain('19 processed, 0 missing ✓');
    expect(result.stdout).toContain('8 succeeded, 1 failed, 3 skipped ✓');
    expect(result.stdout).toContain('2024-07-02 succeeded at attempt 2 ✓');
    expect(result.stdout).toContain('2024-07-09 succeeded ✓');
    expect(result.stdout).toContain('2024-07-02, 2024-07-09 ✓');
    expect(result.stdout).toMatch(/All as expected, in \d+\.\d s\./);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(await remainingProcesses(mark)).toEqual([]);
  },
  DEADLINE_MS,
);

test(
  'Ctrl-C while the demo starts stops everything it started',
  async () => {
    const { demo, mark } = startDemo();
    await demo.untilSaid('1  Start');
    demo.child.kill('SIGINT');
    const result = await demo.result;
    expect(result.exitCode).toBe(130);
    expect(stackLines(result)).toEqual([]);
    expect(await remainingProcesses(mark)).toEqual([]);
  },
  DEADLINE_MS,
);

test(
  'even a demo that is killed leaves nothing running',
  async () => {
    const { demo, mark } = startDemo();
    await demo.untilSaid('Set up tables');
    expect((await markedProcesses(mark)).length).toBeGreaterThan(5);
    demo.child.kill('SIGKILL');
    await demo.result;
    expect(await remainingProcesses(mark)).toEqual([]);
  },
  DEADLINE_MS,
);

test(
  'with --keep all stays up until Ctrl-C, the printed addresses show the backfill, and that is a success',
  async () => {
    const { demo, mark } = startDemo(['--keep']);
    await demo.untilSaid('All stays up');
    const [, url = '', id = ''] = /backfill +(http:\S+)\/#\/backfills\/(\S+)/.exec(demo.said) ?? [];
    const page = await fetch(`${url}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="app">')]);
    const list = (await (await fetch(`${url}/api/backfills`)).json()) as { items: { id: string }[] };
    expect(list.items.map((backfill) => backfill.id)).toContain(id);
    const printed = /REST +(http:\S+)/.exec(demo.said)?.[1] ?? '';
    expect(await (await fetch(printed)).json()).toMatchObject({ id, counts: { succeeded: 19, skipped: 11 } });
    expect((await fetch(`${url}/queues`)).status).toBe(200);

    demo.child.kill('SIGINT');
    const result = await demo.result;
    expect(result.exitCode).toBe(0);
    expect(await remainingProcesses(mark)).toEqual([]);
  },
  DEADLINE_MS,
);
