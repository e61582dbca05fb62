import { readFile } from 'node:fs/promises';
import { isInteger, isSafeNumber, parse, stringify } from 'lossless-json';
import { Agent, fetch } from 'undici';
import { type EmulatorOptions, type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';
import { eventually } from '../harness/eventually.ts';

/** JSON as a test reads it; ids above 2^53 are bigint. */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts what it finds, whatever its shape
type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: Json;
}

/** An emulator and a plain client of its REST API that trusts nothing but the emulator's CA. */
export class RestWorkspace {
  readonly emulator: EmulatorProcess;
  readonly #dispatcher: Agent;

  constructor(emulator: EmulatorProcess, dispatcher: Agent) {
    this.emulator = emulator;
    this.#dispatcher = dispatcher;
  }

  static async start(options: EmulatorOptions = {}): Promise<RestWorkspace> {
    const emulator = await startEmulator(options);
    const ca = await readFile(emulator.caFile, 'utf8');
    return new RestWorkspace(emulator, new Agent({ connect: { ca } }));
  }

  async stop(): Promise<void> {
    await this.#dispatcher.destroy();
    await this.emulator.stop();
  }

  get(path: string, headers: Record<string, string> = BEARER): Promise<Reply> {
    return this.request('GET', path, null, headers);
  }

  post(path: string, body: object | string, headers: Record<string, string> = BEARER): Promise<Reply> {
    return this.request('POST', path, typeof body === 'string' ? body : (stringify(body) ?? ''), headers);
  }

  async request(
    method: string,
    path: string,
    body: string | Buffer | null,
    headers: Record<string, string> = BEARER,
    signal: AbortSignal | null = null,
  ): Promise<Reply> {
    const url = `${this.emulator.url}${path}`;
    const response = await fetch(url, { method, body, headers, signal, dispatcher: this.#dispatcher });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    const reply = { status: response.status, headers: response.headers as unknown as Headers, text };
    return { ...reply, body: isJson ? parseJson(text) : null };
  }

  /** Creates a job without tasks, whose runs only take time, unless the settings say otherwise. */
  async createJob(settings: object, version = '2.2'): Promise<bigint> {
    return (await this.ok('POST', `/api/${version}/jobs/create`, settings)).job_id;
  }

  async runNow(body: { job_id: bigint } & Record<string, unknown>): Promise<bigint> {
    return (await this.ok('POST', '/api/2.2/jobs/run-now', body)).run_id;
  }

  async run(runId: bigint): Promise<Json> {
    return this.ok('GET', `/api/2.2/jobs/runs/get?run_id=${runId}`);
  }

  /** The run once its new state is this one. */
  async runIn(runId: bigint, state: string): Promise<Json> {
    return eventually(
      () => this.run(runId),
      (run) => run.status.state === state,
    );
  }

  ended(runId: bigint): Promise<Json> {
    return this.runIn(runId, 'TERMINATED');
  }

  /** Imports a SQL notebook at a path under /Shared. */
  async importSql(path: string, source: string): Promise<void> {
    const content = Buffer.from(source).toString('base64');
    const notebook = { path, format: 'SOURCE', language: 'SQL', content, overwrite: true };
    await this.ok('POST', '/api/2.0/workspace/import', notebook);
  }

  /** The rows of a notebook of one statement, run as a job. */
  async runSql(statement: string): Promise<Json[]> {
    await this.importSql('/Shared/statement', statement);
    const tasks = [{ task_key: 'statement', notebook_task: { notebook_path: '/Shared/statement' } }];
    const run = await this.ended(await this.runNow({ job_id: await this.createJob({ tasks }) }));
    const output = await this.ok('GET', `/api/2.2/jobs/runs/get-output?run_id=${run.tasks[0].run_id}`);
    if (output.error !== undefined) throw new Error(output.error);
    return JSON.parse(output.notebook_output?.result ?? '[]');
  }

  /** The body of a call that must succeed. */
  async ok(method: 'GET' | 'POST', path: string, body: object = {}): Promise<Json> {
    const reply = method === 'GET' ? await this.get(path) : await this.post(path, body);
    if (reply.status !== 200) throw new Error(`${method} ${path}: HTTP ${reply.status} ${reply.text}`);
    return reply.body;
  }
}

export const BEARER = { authorization: 'Bearer some-token' };

/** Runs that stay RUNNING until they are cancelled or the emulator stops. */
export const ENDLESS = { run_duration_ms: { min: 3_600_000, max: 3_600_000 }, start_delay_ms: 0 };

/** Runs that end as soon as their work is done. */
export const INSTANT = { run_duration_ms: { min: 0, max: 0 }, start_delay_ms: 0, terminate_delay_ms: 0 };

function parseJson(text: string): Json {
  return parse(text, null, (digits) =>
    isInteger(digits) && !isSafeNumber(digits) ? BigInt(digits) : Number(digits),
  );
}
