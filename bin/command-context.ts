import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { packageRoot } from './package-root.ts';
import { RestClient } from './rest-client.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContextOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeDir: string;
  readonly terminal: Terminal;
}

/** What every verb works with. */
export class CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Exit code of a verb that did its work and has bad news; one that throws needs none. */
  exitCode = 0;
  /** Of the option `--config`. */
  configFile: string | undefined;
  /** Of the option `--target`. */
  target: string | undefined;
  readonly #homeDir: string;

  constructor({ env, cwd, homeDir, terminal }: CommandContextOptions) {
    this.env = env;
    this.cwd = cwd;
    this.terminal = terminal;
    this.#homeDir = homeDir;
  }

  /** @throws BackfillError `configuration_invalid` with every problem at once. */
  async config(): Promise<Config> {
    const { env, cwd, target } = this;
    const configFile = this.configFile ?? this.#packagedFile();
    return loadConfig({ env, cwd, target, homeDir: this.#homeDir, ...(configFile && { configFile }) });
  }

  /** The same, with another environment. */
  withEnvironment(env: CommandContextOptions['env']): CommandContext {
    const { cwd, terminal } = this;
    const context = new CommandContext({ env, cwd, terminal, homeDir: this.#homeDir });
    context.configFile = this.configFile;
    context.target = this.target;
    return context;
  }

  async restClient(): Promise<RestClient> {
    return new RestClient((await this.config()).cli);
  }

  /** The configuration we ship, where the user names none and the working directory has none. */
  #packagedFile(): string | undefined {
    if (this.env.BACKFILL_CONFIG || existsSync(join(this.cwd, 'backfill.yaml'))) return undefined;
    return join(packageRoot, 'backfill.yaml');
  }
}
