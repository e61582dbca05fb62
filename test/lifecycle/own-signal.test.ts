import { getEventListeners } from 'node:events';
import { untilAborted, withOwnSignal } from '../../src/lifecycle/own-signal.ts';

/** Never settles by itself; rejects with the signal's reason. */
const rejectsOnAbort = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('work is told as soon as one of its sources is aborted, with that reason', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const work = withOwnSignal([first.signal, second.signal], rejectsOnAbort);
  second.abort('handed over');
  await expect(work).rejects.toBe('handed over');
});

test('work that begins after an abort is told at once', async () => {
  await expect(withOwnSignal([AbortSignal.abort('too late')], rejectsOnAbort)).rejects.toBe('too late');
});

test('what was begun beside the work ends with it', async () => {
  const source = new AbortController();
  const beside = await withOwnSignal([source.signal], async (signal) => signal);
  expect(beside.aborted).toBe(true);
  expect(source.signal.aborted).toBe(false);
});

test('a signal that lives on keeps nothing of work that is over', async () => {
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, 'abort').length;
  expect(await withOwnSignal([signal], async () => listeners())).toBe(1);
  expect(listeners()).toBe(0);
  await withOwnSignal([signal], () => Promise.reject(new Error('failed'))).catch(() => {});
  expect(listeners()).toBe(0);
});

test('waiting for an abort ends with the first one, and keeps nothing of itself on the other signals', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = untilAborted([first.signal, second.signal]);
  second.abort();
  await waiting;
  expect(getEventListeners(first.signal, 'abort')).toHaveLength(0);
  await untilAborted([first.signal, second.signal]);
  expect(getEventListeners(first.signal, 'abort')).toHaveLength(0);
});
