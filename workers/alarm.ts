/** A pause that can be cut short, also before it has begun. */
export class Alarm {
  #rung = false;
  #wake: () => void = () => {};

  /** Resolves after the time or when it rings; at once when it has rung since the last pause. */
  async pause(delayMs: number): Promise<void> {
    if (!this.#rung && delayMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }
}
