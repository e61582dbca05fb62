import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates } from 'node:tls';
import { Agent, fetch } from 'undici';
import { BackfillError } from '../errors/backfill-error.ts';
import { DeadlineExceededError, withDeadline } from './deadline.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** From the leading slash on, without query; or a whole URL of another origin (the token endpoint). */
  path: string;
  query?: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
}

/** One HTTP exchange, told to whoever counts or logs them. */
export interface RequestFact {
  method: string;
  path: string;
  /** Null when no answer came. */
  status: number | null;
  durationMs: number;
}

export interface ConnectionOptions {
  /** Origin with scheme, without trailing slash. */
  host: string;
  /** PEM text trusted beside the public authorities. */
  caCert: string | null;
  userAgent: string;
  requestTimeoutMs: number;
  onRequest?: ((fact: RequestFact) => void) | undefined;
}

const CERTIFICATE_PROBLEM =
  /^(CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Kept-alive, verified HTTPS to one workspace: one exchange at a time, without a second try. */
export class WorkspaceConnection {
  readonly host: string;
  readonly #options: ConnectionOptions;
  readonly #agent: Agent;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.host = options.host;
    this.#options = options;
    this.#agent = new Agent({ connect: trust(options.caCert), keepAliveTimeout: 30_000 });
  }

  /**
   * Sends one request and reads the whole answer, whatever its status. Redirects are not followed.
   *
   * @throws BackfillError workspace_unavailable when no answer came, with `details.reason` timeout,
   *   connection, unknown_host, certificate or closed; the reason of `signal` when that is aborted.
   */
  async exchange(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const startedMs = performance.now();
    let status: number | null = null;
    try {
      const answer = await withDeadline({ deadlineMs: this.#options.requestTimeoutMs, signal }, (stop) =>
        this.#fetch(request, stop),
      );
      status = answer.status;
      return answer;
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      throw this.#unavailable(request, thrown);
    } finally {
      const durationMs = performance.now() - startedMs;
      this.#options.onRequest?.({ method: request.method, path: request.path, status, durationMs });
    }
  }

  /** Ends every connection; exchanges under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#agent.destroy();
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(request.path, this.host);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method: request.method,
      headers: { 'user-agent': this.#options.userAgent, accept: 'application/json', ...request.headers },
      body: request.body ?? null,
      redirect: 'manual',
      dispatcher: this.#agent,
      signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #unavailable(request: HttpRequest, thrown: unknown): BackfillError {
    const { host } = new URL(request.path, this.host);
    const { path } = request;
    if (thrown instanceof DeadlineExceededError) {
      return new BackfillError(
        'workspace_unavailable',
        `${host} did not answer ${request.method} ${path} within ${thrown.deadlineMs / 1000} s; check that the workspace is up and can be reached from here.`,
        { cause: thrown, details: { reason: 'timeout', path } },
      );
    }
    const code = networkCodeOf(thrown);
    if (this.#closed) {
      return new BackfillError('workspace_unavailable', `The connection to ${host} has been closed here.`, {
        cause: thrown,
        details: { reason: 'closed', path },
      });
    }
    if (code === 'ENOTFOUND') {
      return new BackfillError(
        'workspace_unavailable',
        `There is no host named ${host}; check DATABRICKS_HOST and the name server.`,
        { cause: thrown, details: { reason: 'unknown_host', path } },
      );
    }
    if (CERTIFICATE_PROBLEM.test(code)) {
      return new BackfillError(
        'workspace_unavailable',
        `The certificate of ${host} is not trusted (${code}); if a private authority issued it, set BACKFILL_CA_CERT to that authority's PEM file.`,
        { cause: thrown, details: { reason: 'certificate', path } },
      );
    }
    return new BackfillError(
      'workspace_unavailable',
      `Cannot reach ${host} (${code}); check DATABRICKS_HOST and the network between here and the workspace.`,
      { cause: thrown, details: { reason: 'connection', path } },
    );
  }
}

/** One TLS context for all connections, because reading the public authorities again for each is slow. */
function trust(caCert: string | null): { secureContext?: ReturnType<typeof createSecureContext> } {
  if (caCert === null) return {};
  try {
    new X509Certificate(caCert);
    return { secureContext: createSecureContext({ ca: [...rootCertificates, caCert] }) };
  } catch (cause) {
    throw new BackfillError(
      'configuration_invalid',
      'BACKFILL_CA_CERT does not hold a PEM certificate; point it to a file that begins with -----BEGIN CERTIFICATE-----.',
      { cause, details: { key: 'BACKFILL_CA_CERT' } },
    );
  }
}

/**
 * The error code deepest in the chain of causes: fetch wraps the socket's error in one of its own. Read
 * by field, since errors of Node itself need not be instances of this module's Error.
 */
function networkCodeOf(thrown: unknown): string {
  let code = 'connection failed';
  for (let error = thrown; typeof error === 'object' && error !== null; error = Reflect.get(error, 'cause')) {
    const found: unknown = Reflect.get(error, 'code');
    if (typeof found === 'string') code = found;
  }
  return code;
}
