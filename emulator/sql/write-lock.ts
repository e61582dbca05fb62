/** Lets one writer in at a time, in the order of arrival. */
export class WriteLock {
  #last: Promise<void> = Promise.resolve();

  run<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#last.then(write);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
