export interface RunNowEntry {
  /** Milliseconds since the epoch. */
  atMs: number;
  idempotencyToken: string | null;
  jobId: bigint;
  /** As this call sent them: job_parameters and the legacy parameters together. */
  parameters: Readonly<Record<string, string>>;
  runId: bigint;
  /** false: the token's run was handed back. */
  created: boolean;
}

/** What has become of the run since. */
export interface RunNowState {
  run_state: string;
  result_state: string | null;
  /** ISO 8601; null while it lives. Kept when the run is deleted. */
  ended_at: string | null;
}

const LEADING_COMMENTS = /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)+/;

/**
 * What a test asks after the fact: which runs were asked for, how many lived at once, which requests and
 * statements came.
 */
export class Ledger {
  readonly #runNow: RunNowEntry[] = [];
  readonly #maxActive = new Map<bigint, number>();
  readonly #requests = new Map<string, number>();
  readonly #statements = new Map<string, number>();
  readonly #statementMs = new Map<string, number>();

  recordRunNow(entry: RunNowEntry): void {
    this.#runNow.push(entry);
  }

  recordActive(jobId: bigint, active: number): void {
    this.#maxActive.set(jobId, Math.max(active, this.#maxActive.get(jobId) ?? 0));
  }

  recordRequest(method: string, path: string): void {
    const key = `${method} ${path}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
  }

  /** Counts a SQL statement of a client under its first word, such as MERGE; what notebooks run is not counted. */
  recordStatement(statement: string): void {
    const kind = kindOf(statement);
    this.#statements.set(kind, (this.#statements.get(kind) ?? 0) + 1);
  }

  /** Adds how long the warehouse was busy with it, as far as its first answer tells. */
  recordStatementTime(statement: string, elapsedMs: number): void {
    const kind = kindOf(statement);
    this.#statementMs.set(kind, (this.#statementMs.get(kind) ?? 0) + elapsedMs);
  }

  clear(): void {
    this.#runNow.length = 0;
    this.#maxActive.clear();
    this.#requests.clear();
    this.#statements.clear();
    this.#statementMs.clear();
  }

  /** Ids are strings here: this is our own API, and most readers parse it with JSON.parse. */
  view(runStates: (runId: bigint) => RunNowState) {
    return {
      run_now: this.#runNow.map((entry) => ({
        at: new Date(entry.atMs).toISOString(),
        idempotency_token: entry.idempotencyToken,
        job_id: String(entry.jobId),
        parameters: entry.parameters,
        run_id: String(entry.runId),
        created: entry.created,
        ...runStates(entry.runId),
      })),
      max_active: Object.fromEntries([...this.#maxActive].map(([jobId, most]) => [String(jobId), most])),
      requests: Object.fromEntries(this.#requests),
      statements: Object.fromEntries(this.#statements),
      statement_ms: Object.fromEntries(this.#statementMs),
    };
  }
}

function kindOf(statement: string): string {
  return /[a-z]+/i.exec(statement.replace(LEADING_COMMENTS, ''))?.[0].toUpperCase() ?? '';
}
