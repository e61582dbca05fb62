import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Fact } from '../../src/facts/fact.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { logFacts } from '../../src/facts/fact-log.ts';

const WRITE: Fact = {
  type: 'audit.write',
  caller: 'ada',
  role: 'operator',
  via: 'token',
  address: '127.0.0.1',
  method: 'POST',
  route: '/api/backfills',
  backfill_id: null,
  status: 202,
};

test('Who changed what is in the log also where it tells only of errors', () => {
  const lines: string[] = [];
  const sink = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
  const facts = new FactBus();
  logFacts(facts, pino({ level: 'error' }, sink));
  facts.emit(WRITE);
  facts.emit({ type: 'worker.stopped' });
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['audit.write']);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ caller: 'ada', route: '/api/backfills' });
});
