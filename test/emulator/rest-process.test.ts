import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startEmulator } from '../harness/emulator-process.ts';
import { RestWorkspace } from './rest-workspace.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'emulator-process-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function run(...flags: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'emulator/main.ts', ...flags]);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

describe('The emulator as a process', () => {
  test('It keeps its certificate over a restart, and nobody else can read its key', async () => {
    const first = await startEmulator({ dataDir });
    const ca = await readFile(first.caFile, 'utf8');
    await first.stop();
    const second = await startEmulator({ dataDir });
    try {
      expect(await readFile(second.caFile, 'utf8')).toBe(ca);
      expect((await stat(join(dataDir, 'server-key.pem'))).mode & 0o777).toBe(0o600);
    } finally {
      await second.stop();
    }
  });

  test('Its tables survive a restart with the same data directory', async () => {
    const keep = (work: (workspace: RestWorkspace) => Promise<unknown>) => {
      return RestWorkspace.start({ dataDir }).then((workspace) =>
        work(workspace).finally(() => workspace.stop()),
      );
    };
    await keep((first) => first.runSql('CREATE TABLE main.default.kept AS SELECT 42 AS answer'));
    await keep(async (second) => {
      expect(await second.runSql('SELECT answer FROM main.default.kept')).toEqual([{ answer: 42 }]);
    });
  });

  test('A data directory that another emulator uses ends it with a sentence and exit code 1', async () => {
    const emulator = await startEmulator({ dataDir });
    try {
      const { code, stderr } = await run('--port', '0', '--data-dir', dataDir);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^The emulator could not start: .*lock/s)]);
    } finally {
      await emulator.stop();
    }
  });

  test('A port that is taken ends it with a sentence and exit code 1', async () => {
    const emulator = await startEmulator({ dataDir });
    try {
      const { code, stderr } = await run(
        '--port',
        new URL(emulator.url).port,
        '--data-dir',
        join(dataDir, 'two'),
      );
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^The emulator could not start: .*in use/)]);
    } finally {
      await emulator.stop();
    }
  });

  test.each([
    ['--port', 'many'],
    ['--prot', '1'],
    ['--port', '65536'],
  ])('Flags like %s %s end it with the usage and exit code 2', async (flag, value) => {
    const { code, stderr } = await run(flag, value);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--data-dir DIR')]);
  });
});
