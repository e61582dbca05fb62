import { BackfillError } from '../../src/errors/backfill-error.ts';
import { deliveryDelayMs } from '../../workers/delivery.ts';

const asking = (retryAfterMs: number) =>
  new BackfillError('receiver_unavailable', 'Later.', { retryAfterMs });

test('A receiver that asks for patience gets it, but for no longer than an hour', () => {
  expect(deliveryDelayMs(1, asking(20_000))).toBe(20_000);
  expect(deliveryDelayMs(1, asking(30 * 86_400_000))).toBe(3_600_000);
});
