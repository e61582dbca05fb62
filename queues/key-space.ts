/**
 * Names of what TypeScript reads in Redis, under the same prefix as BullMQ's own keys (whose second part is a
 * queue name, so the two never meet). The scripts build the same names in Lua, and some that only they use
 * (scripts/prelude/key-names.ts).
 */
export class KeySpace {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Sorted set of all backfill ids; UUIDv7 ids sort by time. */
  get backfills(): string {
    return `${this.prefix}:backfills`;
  }

  /** Hash of one backfill: what was asked, its state, its settings. */
  backfill(id: string): string {
    return `${this.prefix}:backfill:${id}`;
  }

  /** String of 8 characters a date (YYYYMMDD), in the order in which the dates shall run. */
  dates(id: string): string {
    return `${this.backfill(id)}:dates`;
  }

  /** String of 8 characters a date, the last day of each; only of plans with windows of more than a day. */
  ends(id: string): string {
    return `${this.backfill(id)}:ends`;
  }

  /** String of one letter a date, see `date-letter.ts`. */
  letters(id: string): string {
    return `${this.backfill(id)}:letters`;
  }

  /** Hash letter -> how many dates have it. */
  counts(id: string): string {
    return `${this.backfill(id)}:counts`;
  }

  /** Hash date -> latest attempt, for dates that were ever let through the start gate. */
  attempts(id: string): string {
    return `${this.backfill(id)}:attempts`;
  }

  /** Hash date -> link of its first attempt to the failure it retries, as JSON; only of retries. */
  links(id: string): string {
    return `${this.backfill(id)}:links`;
  }

  /** Stream of changes, one entry a change; its ids are the ids of server-sent events. */
  changes(id: string): string {
    return `${this.backfill(id)}:changes`;
  }

  /** Channel that carries the id of a backfill whenever it changes. */
  get changed(): string {
    return `${this.prefix}:changed`;
  }

  /** Set of the job ids that ever were backfilled. */
  get targets(): string {
    return `${this.prefix}:targets`;
  }

  /** Hash of one target job: limit, headroom, typical run time, whether its gate is closed. */
  target(jobId: string): string {
    return `${this.prefix}:target:${jobId}`;
  }

  /** Sorted set of the unfinished backfills of a target job by priority. */
  open(jobId: string): string {
    return `${this.target(jobId)}:open`;
  }

  /** Hash date -> id of the backfill that holds its claim. */
  claims(jobId: string): string {
    return `${this.target(jobId)}:claims`;
  }

  /** Set of the attempts that are past the start gate and not ended. */
  live(jobId: string): string {
    return `${this.target(jobId)}:live`;
  }

  /** Hash about the looks of the fleet at the job's ended runs: how many, when, down to where, whose turn. */
  look(jobId: string): string {
    return `${this.target(jobId)}:look`;
  }

  /** A run that a look has seen ended, as JSON, for whoever holds it; kept for minutes. */
  endedRun(jobId: string, runId: string): string {
    return `${this.target(jobId)}:ended:${runId}`;
  }

  /** Channel that carries a job's id and the ids of its runs whenever a look has found them ended. */
  get looked(): string {
    return `${this.prefix}:looked`;
  }

  /** Begins what is kept about the requests to a workspace: the last ones, and how long all wait after a 429. */
  requests(workspace: string): string {
    return `${this.prefix}:requests:${workspace}`;
  }

  /** Stream of log events that no statement has confirmed yet. */
  get outbox(): string {
    return `${this.prefix}:outbox`;
  }

  /** Counter that rises with every write to the log tables. */
  get logVersion(): string {
    return `${this.prefix}:log-version`;
  }

  /** Stream of what others shall be told (alerts, lineage) and nobody has passed on yet. */
  get signals(): string {
    return `${this.prefix}:signals`;
  }

  /** Sorted set of the workers by when they last said that they live. */
  get workers(): string {
    return `${this.prefix}:workers`;
  }

  idempotency(key: string): string {
    return `${this.prefix}:idempotency:${key}`;
  }

  /** Id of the backfill that a sweep made to run a failed attempt's date again. */
  answered(attemptId: string): string {
    return `${this.prefix}:answered:${attemptId}`;
  }

  /** What a firing of a schedule has chosen to run again, before it starts anything. */
  firing(jobId: string): string {
    return `${this.prefix}:firing:${jobId}`;
  }

  /** Hash schedule -> when its last firing that got through was due, in milliseconds. */
  get firingsSwept(): string {
    return `${this.prefix}:firings-swept`;
  }

  /** Hash schedule -> how its last firing went. */
  get firings(): string {
    return `${this.prefix}:firings`;
  }

  /** Set once a worker has taken up the configured schedules. */
  get schedulesKnown(): string {
    return `${this.prefix}:schedules-known`;
  }

  /** Set once the end of an incident was about to be sent, so that it does not begin after it. */
  endedIncident(incident: string): string {
    return `${this.prefix}:ended-incident:${incident}`;
  }

  lease(name: string): string {
    return `${this.prefix}:lease:${name}`;
  }

  /** Session of a browser by the hash of its id, so that reading Redis lets nobody in. */
  session(hash: string): string {
    return `${this.prefix}:session:${hash}`;
  }

  /** Begins the counters of failed sign-ins. */
  get failedSignIns(): string {
    return `${this.prefix}:failed-sign-ins`;
  }
}
