interface Waiting {
  readonly urgent: boolean;
  readonly go: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** So many urgent requests in a row go before one that is not. */
const MAX_PASSED_OVER = 3;

/** The requests of one process that wait to be sent: urgent ones first, but not all of them before the others. */
export class RequestLine {
  readonly #waiting: Waiting[] = [];
  #passedOver = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves when it is this request's turn; rejects with the signal's reason and leaves the line when aborted. */
  join({ urgent, signal }: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const done = () => signal?.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        urgent,
        go: () => {
          done();
          resolve();
        },
        refuse: (reason) => {
          done();
          reject(reason);
        },
      };
      const onAbort = () => {
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Lets the next one go, if there still is one. */
  serve(): void {
    const firstUrgent = this.#waiting.findIndex(({ urgent }) => urgent);
    const firstOther = this.#waiting.findIndex(({ urgent }) => !urgent);
    const passOver = firstOther !== -1 && firstUrgent !== -1 && this.#passedOver < MAX_PASSED_OVER;
    const at = firstOther === -1 || passOver ? firstUrgent : firstOther;
    if (at === -1) return;
    this.#passedOver = passOver ? this.#passedOver + 1 : 0;
    this.#waiting.splice(at, 1)[0]?.go();
  }

  refuseAll(reason: unknown): void {
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(reason);
  }
}
