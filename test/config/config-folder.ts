import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import type { ConfigFlags } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';

export interface Given {
  env?: Record<string, string>;
  flags?: ConfigFlags;
  configFile?: string;
  /** Files by their path in the folder, which is working directory and home at once. */
  files?: Record<string, string>;
}

/** A case, what is given, and parts of the one problem: its name with its place, what was found, what was expected. */
export type ProblemCase = [title: string, given: Given, name: string, found: string, expected: string];

/** Secrets of these tests contain it, and no message may. */
const HUSH = 'hush';

export function yaml(text: string): Given {
  return { files: { 'backfill.yaml': text } };
}

/** A folder with the files of one test. */
export class ConfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'backfill-config-'));

  load({ env = {}, flags = {}, configFile, files = {} }: Given = {}): Config {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    return loadConfig({ env, flags, configFile, cwd: this.path, homeDir: this.path });
  }

  /** Lines of the problems that loading reports, without the head line. */
  problems(given: Given): string[] {
    try {
      this.load(given);
    } catch (thrown) {
      if (!(thrown instanceof BackfillError)) throw thrown;
      expect(thrown.code).toBe('configuration_invalid');
      return thrown.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  - ', ''));
    }
    return [];
  }

  expectProblem([, given, name, found, expected]: ProblemCase): void {
    const lines = this.problems(given);
    expect(lines).toHaveLength(1);
    const [place, rest] = lines[0]?.split(': found ') ?? [];
    expect(place).toContain(name);
    expect(rest?.split(', expected ')[0]).toContain(found);
    expect(rest?.split(', expected ')[1]).toContain(expected);
    expect(lines[0]).not.toContain(HUSH);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
