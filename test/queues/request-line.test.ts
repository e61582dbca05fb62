import { LocalPace } from '../../queues/budget/local-pace.ts';
import { RequestLine } from '../../queues/budget/request-line.ts';

test('starts go before looks, but a look waits for three of them at most', async () => {
  const line = new RequestLine();
  const served: string[] = [];
  const join = (name: string, urgent: boolean) => line.join({ urgent }).then(() => served.push(name));
  const all = [join('look 1', false), join('look 2', false)];
  for (const name of ['start 1', 'start 2', 'start 3', 'start 4', 'start 5']) all.push(join(name, true));
  while (!line.isEmpty) line.serve();
  await Promise.all(all);
  expect(served).toEqual(['start 1', 'start 2', 'start 3', 'look 1', 'start 4', 'start 5', 'look 2']);
});

test('a request that is given up leaves the line at once, and the next has its place', async () => {
  const line = new RequestLine();
  const giveUp = new AbortController();
  const abandoned = line.join({ urgent: true, signal: giveUp.signal });
  const next = line.join({ urgent: true });
  giveUp.abort(new Error('handed over'));
  await expect(abandoned).rejects.toThrow('handed over');
  line.serve();
  await next;
  expect(line.isEmpty).toBe(true);
  await expect(line.join({ urgent: true, signal: giveUp.signal })).rejects.toThrow('handed over');
});

test('without Redis each of four workers sends a quarter of the budget', () => {
  const pace = new LocalPace(10);
  pace.workers = 4;
  expect(pace.reserve()).toBe(0);
  expect(pace.reserve()).toBeGreaterThan(390);
  pace.hold(5_000);
  expect(pace.reserve()).toBeGreaterThan(4_900);
});
