/**
 * Something that starts and stops. Both may be called twice, in any order, and stop while start is under
 * way: `stop` waits for it, then frees whatever was taken.
 */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}
