import type { HoldPoint, RedisProxy } from '../harness/redis-proxy.ts';
import type { Fleet } from '../workers/fleet.ts';
import { isAddFailedDate, isCompleteDate, isEndAttempt, isPassGate, isRecordRun } from './redis-command.ts';

/** Where a worker is killed that has the first of three dates, of which one may run at a time. */
export interface AttemptStep {
  /** Asks for the stop there; `reached` resolves when the worker is there and can go no further. */
  readonly prepare: (fleet: Fleet, proxy: RedisProxy) => Promise<{ reached: () => Promise<void> }>;
  /** How the plan then stands, one letter a date. */
  readonly letters: string;
  /** How often run-now is answered for the first date, by whomever it is asked. */
  readonly posts: number;
  /** Whether the first date's first run fails. */
  readonly fails?: boolean;
}

export const STEPS_UNTIL_STORED: Readonly<Record<string, AttemptStep>> = {
  'before it asks the start gate': { ...at(isPassGate, 'nothing'), letters: 'qqq', posts: 1 },
  'after the gate let it through, before it hears so': { ...at(isPassGate, 'all'), letters: 'gqq', posts: 1 },
  'after run-now was accepted, before the answer': {
    prepare: async (fleet) => {
      const { local } = fleet.workspace.emulator;
      await local.fault({ match: { path: 'jobs/run-now' }, hold: true });
      return { reached: () => fleet.until('a held answer', async () => (await local.held()) === 1) };
    },
    letters: 'gqq',
    posts: 2,
  },
  'after the answer of run-now, before the run id is stored': {
    ...at(isRecordRun, 'nothing'),
    letters: 'gqq',
    posts: 2,
  },
  'after the run id is stored, before it hears so': { ...at(isRecordRun, 'all'), letters: 'rqq', posts: 1 },
};

export const STEPS_UNTIL_COMPLETED: Readonly<Record<string, AttemptStep>> = {
  'while it watches the run': {
    prepare: async (fleet) => {
      const { local } = fleet.workspace.emulator;
      // No look at the runs gets an answer until it is dead, so however late the kill comes it has seen no end.
      await local.fault({ match: { path: 'jobs/runs/list' }, hold: true, times: 1_000 });
      const watches = async () => (await local.held()) === 1 && (await isStored(fleet));
      return { reached: () => fleet.until('a look that waits for its answer', watches) };
    },
    letters: 'rqq',
    posts: 1,
  },
  'after the run ended, before that is written': { ...at(isEndAttempt, 'nothing'), letters: 'rqq', posts: 1 },
  'after the end is written, before it hears so': { ...at(isEndAttempt, 'all'), letters: 'sqq', posts: 1 },
  'before BullMQ completes the job': { ...at(isCompleteDate, 'nothing'), letters: 'sqq', posts: 1 },
  'after BullMQ completed the job and gave it the next': {
    ...at(isCompleteDate, 'all'),
    letters: 'sqq',
    posts: 1,
  },
  'after a failure is written, before it is handed to the retry worker': {
    ...at(isAddFailedDate, 'nothing'),
    letters: 'dqq',
    posts: 2,
    fails: true,
  },
  'after a failure is handed to the retry worker, before BullMQ completes the job': {
    ...at(isAddFailedDate, 'all'),
    letters: 'dqq',
    posts: 2,
    fails: true,
  },
};

function at(command: HoldPoint['command'], sends: HoldPoint['sends']): Pick<AttemptStep, 'prepare'> {
  return {
    prepare: async (_fleet, proxy) => {
      const held = proxy.hold({ command, sends });
      return { reached: () => held };
    },
  };
}

async function isStored(fleet: Fleet): Promise<boolean> {
  const { items } = await fleet.plans.list({ limit: 1 });
  return items[0]?.counts.running === 1;
}
