import { Access } from './access.ts';
import { IdSequence } from './id-sequence.ts';
import { JobRegistry } from './jobs/job-registry.ts';
import { SystemJobs } from './jobs/system-jobs.ts';
import { type Configuration, configurationSchema } from './local/configuration.ts';
import { FaultRules } from './local/fault-rules.ts';
import { Ledger } from './local/ledger.ts';
import { ScriptedOutcomes } from './local/scripted-outcomes.ts';
import { RunEngine } from './runs/run-engine.ts';
import { RunRegistry } from './runs/run-registry.ts';
import { TaskExecution } from './runs/task-execution.ts';
import type { SqlRuntime } from './sql-runtime.ts';
import { Warehouse } from './warehouse.ts';
import { WorkspaceFiles } from './workspace-files/workspace-files.ts';

export interface WorkspaceOptions {
  /** Opens while the server already listens; whoever needs SQL waits for it. */
  sql: Promise<SqlRuntime>;
  /** The only bearer token let in, or null for any. */
  token: string | null;
}

/** Everything that the emulated workspace knows. Jobs, runs and files live as long as the process. */
export class Workspace {
  /** Above 2^53, as int64 ids are in real workspaces. */
  readonly workspaceId = '9405612345678901';
  readonly userName = 'emulator@example.com';
  readonly ids = new IdSequence();
  readonly access: Access;
  readonly files = new WorkspaceFiles(this.userName);
  readonly faults = new FaultRules();
  readonly outcomes = new ScriptedOutcomes();
  readonly ledger = new Ledger();
  readonly runs = new RunRegistry();
  readonly warehouse = new Warehouse(() => this.configuration.warehouse_start_ms);
  readonly jobs: JobRegistry;
  readonly engine: RunEngine;
  configuration: Configuration = configurationSchema.parse({});
  readonly #sql: Promise<SqlRuntime>;
  readonly #systemJobs: SystemJobs;

  constructor({ sql, token }: WorkspaceOptions) {
    this.#sql = sql;
    this.access = new Access(token);
    this.#systemJobs = new SystemJobs(async (rows) => (await sql).engine.setSystemJobs(rows));
    this.jobs = new JobRegistry(this.ids, this.#systemJobs, this.workspaceId);
    const execution = new TaskExecution(this.files, () => this.#sqlUpToDate());
    this.engine = new RunEngine({
      configuration: () => this.configuration,
      ledger: this.ledger,
      findJob: (jobId) => this.jobs.find(jobId),
      executeTask: (run, taskRun, signal) => execution.execute(run, taskRun, signal),
    });
  }

  /** Changes the configuration, and starts what it now lets start. */
  async configure(configuration: Configuration): Promise<void> {
    const before = this.configuration;
    this.configuration = configuration;
    this.engine.promote();
    const { engine } = await this.#sql;
    if (before.conflicting_writes !== configuration.conflicting_writes) {
      engine.conflictingWrites = configuration.conflicting_writes;
    }
    // What was recorded until now is what a stale table shows.
    await this.#systemJobs.settled();
    this.#systemJobs.hold(configuration.system_jobs === 'stale');
    engine.grantsSystemTables = configuration.system_jobs !== 'denied';
  }

  /** One Thrift request of a SQL client; starts the warehouse first. */
  async executeThrift(body: Buffer): Promise<Buffer> {
    await this.warehouse.start();
    const { thrift } = await this.#sqlUpToDate();
    const statements: string[] = [];
    const startedMs = performance.now();
    const answer = await thrift.handle(body, (statement) => {
      this.ledger.recordStatement(statement);
      statements.push(statement);
    });
    const elapsedMs = performance.now() - startedMs;
    for (const statement of statements) this.ledger.recordStatementTime(statement, elapsedMs);
    return answer;
  }

  /** Stops the warehouse, which forgets the sessions of SQL clients. */
  async stopWarehouse(): Promise<void> {
    this.warehouse.stop();
    await (await this.#sql).thrift.expireSessions();
  }

  async stop(): Promise<void> {
    this.faults.clear();
    await this.engine.stop();
    await this.#systemJobs.settled();
    await (await this.#sql).engine.close();
  }

  /** The SQL side once system.lakeflow.jobs shows every job. */
  async #sqlUpToDate(): Promise<SqlRuntime> {
    await this.#systemJobs.settled();
    return this.#sql;
  }
}
