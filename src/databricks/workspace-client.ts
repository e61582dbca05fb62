import { z } from 'zod';
import type { DatabricksConfig } from '../config/config.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import { JobsApi } from './jobs-api.ts';
import { IdSchema } from './json.ts';
import type { RequestBudget } from './request-budget.ts';
import { type CallOptions, RestClient } from './rest-client.ts';
import { WarehousesApi } from './warehouses-api.ts';
import { type RequestFact, WorkspaceConnection } from './workspace-connection.ts';
import { WorkspaceFilesApi } from './workspace-files-api.ts';

export interface WorkspaceClientOptions {
  /** Origin with scheme, without trailing slash. */
  host: string;
  auth: DatabricksConfig['auth'];
  /** PEM text trusted beside the public authorities. */
  caCert: string | null;
  userAgent?: string;
  /** Longest one try may take; 30 s by default. */
  requestTimeoutMs?: number;
  /** How long failures that may pass are tried again; 30 s by default, 0 for a single try. */
  retryWindowMs?: number;
  /** Of the Jobs API; without one, requests are sent at once. */
  jobsBudget?: RequestBudget | undefined;
  /** Told after each try. */
  onRequest?: ((fact: RequestFact) => void) | undefined;
}

const ME = '/api/2.0/preview/scim/v2/Me';
const DISCOVERY = '/.well-known/databricks-config';

const DiscoverySchema = z.object({ workspace_id: IdSchema.nullish() });
const MeSchema = z.object({ userName: z.string() });

/**
 * One Databricks workspace over its REST APIs. Every call throws BackfillError with a workspace_* code,
 * or the reason of the caller's signal.
 */
export class WorkspaceClient {
  readonly host: string;
  readonly jobs: JobsApi;
  readonly files: WorkspaceFilesApi;
  readonly warehouses: WarehousesApi;
  readonly #connection: WorkspaceConnection;
  readonly #credentials: Credentials;
  readonly #rest: RestClient;

  constructor(options: WorkspaceClientOptions) {
    const {
      host,
      auth,
      caCert,
      userAgent = 'databricks-backfill',
      requestTimeoutMs = 30_000,
      retryWindowMs = 30_000,
      jobsBudget,
      onRequest,
    } = options;
    this.host = host;
    this.#connection = new WorkspaceConnection({ host, caCert, userAgent, requestTimeoutMs, onRequest });
    this.#credentials = credentialsFor(auth, this.#connection, retryWindowMs);
    this.#rest = new RestClient(this.#connection, this.#credentials, retryWindowMs);
    this.jobs = new JobsApi(new RestClient(this.#connection, this.#credentials, retryWindowMs, jobsBudget));
    this.files = new WorkspaceFilesApi(this.#rest);
    this.warehouses = new WarehousesApi(this.#rest);
  }

  /** Who the credentials belong to. */
  me(options?: CallOptions): Promise<{ userName: string }> {
    return this.#rest.get(ME, {}, MeSchema, options);
  }

  /**
   * The id that system tables know this workspace by; null where the workspace does not tell it.
   *
   * @see https://github.com/databricks/databricks-sdk-py get_workspace_id, which reads the same header
   */
  async workspaceId(options?: CallOptions): Promise<string | null> {
    const told = await this.#rest.getHeader(ME, 'x-databricks-org-id', options);
    if (told !== null && /^[1-9]\d*$/.test(told)) return told;
    const discovered = await this.#rest.get(DISCOVERY, {}, DiscoverySchema, options).catch(() => null);
    return discovered?.workspace_id ?? null;
  }

  /** `Bearer ...`, valid now, for the SQL driver. Concurrent callers share one refresh. */
  authorization(): Promise<string> {
    return this.#credentials.authorization();
  }

  /** Told that the driver's `authorization` was refused; answers whether a new one may be accepted. */
  renewAuthorization(refused: string): boolean {
    return this.#credentials.renew(refused);
  }

  /** Ends the connections; calls under way fail. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
