import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, fetch } from 'undici';
import { scriptArguments } from './built-script.ts';

const REPO = join(import.meta.dirname, '..', '..');

export interface EmulatorOptions {
  /** The only bearer token let in; any non-empty one where absent. */
  token?: string;
  /** A data directory to keep, tables included; where absent a temporary one, with the tables in memory. */
  dataDir?: string;
  /** A free port where absent. */
  port?: number;
}

export interface LedgerEntry {
  at: string;
  idempotency_token: string | null;
  job_id: string;
  parameters: Record<string, string>;
  run_id: string;
  created: boolean;
  run_state: string;
  result_state: string | null;
  ended_at: string | null;
}

export interface Ledger {
  run_now: LedgerEntry[];
  max_active: Record<string, number>;
  requests: Record<string, number>;
  statement_ms: Record<string, number>;
}

/** The control calls of the emulator, `/_local/`. Each throws when the emulator refuses the body. */
export interface EmulatorControl {
  config(body: object): Promise<void>;
  fault(body: object): Promise<void>;
  /** How many answers are held back now. */
  held(): Promise<number>;
  release(): Promise<void>;
  clearFaults(): Promise<void>;
  outcomes(body: object): Promise<void>;
  /** Ends every OAuth token that was issued. */
  revokeTokens(): Promise<void>;
  ledger(): Promise<Ledger>;
}

export interface EmulatorProcess {
  /** `https://127.0.0.1:<port>` */
  url: string;
  /** Path of the PEM file of the CA to trust. */
  caFile: string;
  warehouseId: string;
  local: EmulatorControl;
  /** Stops the process with SIGTERM and removes its temporary data directory. A second call does nothing more. */
  stop(): Promise<void>;
}

/** Starts the emulator as a process of its own. Stop it in afterEach or afterAll. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<EmulatorProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'emulator-')));
  const flags = ['--port', String(options.port ?? 0), '--data-dir', dataDir, '--json'];
  if (options.dataDir === undefined) flags.push('--in-memory');
  if (options.token !== undefined) flags.push('--token', options.token);
  const child = spawn(process.execPath, [...scriptArguments(REPO, 'emulator/main.ts'), ...flags], {
    cwd: REPO,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGTERM');
    await exited;
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const facts = await firstLine(child);
    const dispatcher = new Agent({ connect: { ca: await readFile(facts.ca, 'utf8') } });
    let stopping: Promise<void> | null = null;
    return {
      url: facts.url,
      caFile: facts.ca,
      warehouseId: facts.warehouse_id,
      local: control(facts.url, dispatcher),
      stop: () => {
        stopping ??= dispatcher.destroy().then(end);
        return stopping;
      },
    };
  } catch (failure) {
    await end();
    throw failure;
  }
}

async function firstLine(child: ChildProcess): Promise<{ url: string; ca: string; warehouse_id: string }> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('The emulator must be spawned with pipes.');
  let complaint = '';
  stderr.on('data', (chunk: Buffer) => {
    complaint += chunk;
    process.stderr.write(chunk);
  });
  const line = await Promise.race([
    once(createInterface({ input: stdout }), 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`The emulator did not start: ${complaint}`);
    }),
  ]);
  return JSON.parse(String(line[0]));
}

function control(url: string, dispatcher: Agent): EmulatorControl {
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const payload = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(`${url}/_local/${path}`, { method, body: payload, dispatcher });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_local/${path}: HTTP ${response.status} ${text}`);
    return JSON.parse(text);
  }
  return {
    config: async (body) => void (await call('POST', 'config', body)),
    fault: async (body) => void (await call('POST', 'faults', body)),
    held: async () => ((await call('GET', 'faults')) as { held: number }).held,
    release: async () => void (await call('POST', 'faults/release')),
    clearFaults: async () => void (await call('DELETE', 'faults')),
    outcomes: async (body) => void (await call('POST', 'outcomes', body)),
    revokeTokens: async () => void (await call('DELETE', 'tokens')),
    ledger: async () => (await call('GET', 'ledger')) as Ledger,
  };
}
