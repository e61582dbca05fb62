type Release = () => void | Promise<void>;

/**
 * Releases what a process acquired, last acquired first. Register the release on the line after the
 * acquisition, so that a start that fails half-way frees just what it had taken.
 */
export class ReleaseStack {
  readonly #releases: Release[] = [];
  #releasing: Promise<void> | null = null;

  /** Registers a release. After `release()` has begun it runs at once, so nothing acquired late leaks. */
  async add(release: Release): Promise<void> {
    if (this.#releasing !== null) await release();
    else this.#releases.push(release);
  }

  /** Runs every release even if some fail, then throws the first failure. Further calls await the same run. */
  release(): Promise<void> {
    this.#releasing ??= this.#run();
    return this.#releasing;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#releases.pop(); next; next = this.#releases.pop()) {
      try {
        await next();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
