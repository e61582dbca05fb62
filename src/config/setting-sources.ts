import type { Config } from './config.ts';

export type SettingSource = 'default' | 'file' | 'environment' | 'flag';

/** A setting as it holds, for people: `backfill check` prints these. */
export interface Setting {
  /** Its key in the file, or its variable if the file has none. */
  readonly key: string;
  /** As text, with secrets masked. */
  readonly value: string;
  readonly source: SettingSource;
}

interface Candidates<T> {
  readonly flag?: T | undefined;
  readonly environment?: T | undefined;
  readonly file?: T | undefined;
}

/** Takes the strongest value of each setting and remembers where it came from. */
export class SettingSources {
  readonly #settings: Setting[] = [];

  /** Flag before environment before file before the default. */
  pick<T, D>(
    key: string,
    candidates: Candidates<T>,
    byDefault: D,
    show: (value: T | D) => string = String,
  ): T | D {
    const { flag, environment, file } = candidates;
    if (flag !== undefined) return this.#keep(key, flag, 'flag', show);
    if (environment !== undefined) return this.#keep(key, environment, 'environment', show);
    if (file !== undefined) return this.#keep(key, file, 'file', show);
    return this.#keep(key, byDefault, 'default', show);
  }

  get settings(): readonly Setting[] {
    return this.#settings;
  }

  #keep<T>(key: string, value: T, source: SettingSource, show: (value: T) => string): T {
    this.#settings.push({ key, value: show(value), source });
    return value;
  }
}

const settingsOf = new WeakMap<Config, readonly Setting[]>();

export function rememberSettings(config: Config, settings: readonly Setting[]): void {
  settingsOf.set(config, settings);
}

/** Every single setting of a configuration that `loadConfig` made, with its source; none for any other. */
export function describeConfig(config: Config): readonly Setting[] {
  return settingsOf.get(config) ?? [];
}
