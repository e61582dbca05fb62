/** Who says when a request may be sent, so that all who share a workspace do not ask too much of it. */
export interface RequestBudget {
  /**
   * Waits until one request may be sent. What changes something (`urgent`) goes before what only looks.
   * @throws the reason of `signal` when that is aborted
   */
  take(request: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<void>;

  /** The workspace answered a request, and not by 429. */
  answered(): void;

  /** The workspace answered by 429: everybody shall wait, as long as it says or longer each time. */
  throttled(retryAfterMs: number | null): void;
}

/** For processes that ask little: the command line, the web process. */
export const NO_BUDGET: RequestBudget = {
  take: () => Promise.resolve(),
  answered: () => {},
  throttled: () => {},
};
