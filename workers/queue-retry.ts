/**
 * How long BullMQ waits before it asks Redis again after a lost connection. Its default of 15 s holds slots
 * idle, and a worker that is told to stop meanwhile waits it out.
 */
export const QUEUE_RETRY_DELAY_MS = 500;
