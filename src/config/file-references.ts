import { interpolate, type ReferenceReport, type References } from './interpolation.ts';
import { at } from './section.ts';

/** What a file's references are resolved from; names are those of the references, as `backfill.catalog`. */
export interface ReferenceSources {
  readonly content: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values that stand above those of the file. */
  readonly overrides: Readonly<Record<string, string | undefined>>;
  /** Values for what neither `overrides` nor the file has; a name without one may be undefined. */
  readonly defaults: Readonly<Record<string, string | undefined>>;
}

/**
 * References of a configuration file: `var.x` (`BUNDLE_VAR_x` of the environment, else the default of
 * `variables.x`), `env.X`, the names of {@link ReferenceSources}, and any single value of the file by its
 * path, as `bundle.name`. Values may refer to others in turn.
 */
export class FileReferences implements References {
  readonly #sources: ReferenceSources;
  readonly #report: ReferenceReport;
  readonly #resolving = new Set<string>();
  readonly #confidential = new Map<string, string>();

  constructor(sources: ReferenceSources, report: ReferenceReport) {
    this.#sources = sources;
    this.#report = report;
  }

  get names(): readonly string[] {
    const variables = at(this.#sources.content, ['variables']);
    const names = typeof variables === 'object' && variables !== null ? Object.keys(variables) : [];
    return [...names.map((name) => `var.${name}`), ...Object.keys(this.#sources.defaults)];
  }

  /** Values of the environment that were used -> the reference to show in their place. */
  get confidential(): ReadonlyMap<string, string> {
    return this.#confidential;
  }

  isKnown(name: string): boolean {
    return name.startsWith('env.') || this.names.includes(name) || this.lookUp(name) !== undefined;
  }

  lookUp(name: string): unknown {
    const { overrides, defaults } = this.#sources;
    const [kind, key = '', ...rest] = name.split('.');
    if (kind === 'env') return this.#environment(name, [key, ...rest].join('.'));
    if (kind === 'var') {
      return (
        this.#environment(name, `BUNDLE_VAR_${[key, ...rest].join('.')}`) ??
        this.#follow(name, ['variables', key, 'default', ...rest], true)
      );
    }
    const path = name.split('.');
    return overrides[name] ?? this.#follow(name, path) ?? defaults[name];
  }

  /** A variable that is set to nothing counts as not set, as everywhere in this configuration. */
  #environment(name: string, variable: string): string | undefined {
    const value = this.#sources.env[variable] || undefined;
    if (value !== undefined) this.#confidential.set(value, `\${${name}}`);
    return value;
  }

  /** The value at a path with its own references resolved; undefined for none, and for a circle. */
  #follow(name: string, path: readonly string[], mayBeComplex = false): unknown {
    const value = at(this.#sources.content, path);
    if (value === undefined || value === null || (typeof value === 'object' && !mayBeComplex))
      return undefined;
    if (this.#resolving.has(name)) return undefined;
    this.#resolving.add(name);
    try {
      const resolved = interpolate(value, this, this.#report, path);
      return typeof resolved === 'symbol' ? undefined : resolved;
    } finally {
      this.#resolving.delete(name);
    }
  }
}
