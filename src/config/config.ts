import type { Granularity } from '../planning/granularity.ts';
import type { QualitySettings } from '../quality/quality-settings.ts';
import type { AccessConfig } from './access-config.ts';
import type { Secret } from './secret.ts';

/** Everything a process is told from outside, checked once and frozen. Nothing else of ours reads
 * the environment, but for `LOG_LEVEL` where a command fails. */
export interface Config {
  readonly databricks: DatabricksConfig | null;
  readonly redis: { readonly url: string; readonly prefix: string };
  readonly tables: TablesConfig;
  readonly web: WebConfig;
  readonly access: AccessConfig;
  readonly worker: WorkerConfig;
  readonly cli: { readonly url: string; readonly token: Secret | null };
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Days an ended backfill stays in Redis. */
  readonly retentionDays: number;
  /** When failed dates are swept and run again. */
  readonly retries: { readonly schedules: Readonly<Record<string, RetrySchedule>> };
  /** Named calendars beside the ones date-holidays knows by country and state. */
  readonly calendars: Readonly<Record<string, CalendarConfig>>;
  /** Jobs of the configuration, by their key under `resources.jobs` or `backfill.jobs`. */
  readonly jobs: Readonly<Record<string, JobConfig>>;
  readonly alerts: AlertsConfig;
  /** Where run events of OpenLineage go, or null for nowhere. */
  readonly lineage: LineageConfig | null;
  /** Where traces go, or null for nowhere. */
  readonly telemetry: TelemetryConfig | null;
}

/** What can be alerted of; a recovery is told to whoever was told of the problem. */
export const ALERT_EVENTS = ['ended', 'paused', 'stalled', 'failing'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

export interface AlertsConfig {
  /** Address of the web process as people reach it, for links to the page of a backfill. */
  readonly pageUrl: string;
  readonly channels: Readonly<Record<string, AlertChannel>>;
  /** What holds for jobs that say nothing else. */
  readonly policy: AlertPolicy;
}

export interface AlertPolicy {
  /** Names of channels, or null for all. */
  readonly channels: readonly string[] | null;
  readonly events: readonly AlertEvent[];
  /** Failed dates of all that have run, 0 to 1, from which on a backfill is `failing`. */
  readonly failureRatio: number;
  /** Without progress for so long, although slots are free, a backfill is `stalled`. */
  readonly stallAfterMs: number;
}

/** Addresses are secrets too: who knows a Slack webhook may post. */
export type AlertChannel =
  | { readonly type: 'slack'; readonly url: Secret }
  | { readonly type: 'pagerduty'; readonly routingKey: Secret; readonly url: string }
  | {
      readonly type: 'email';
      readonly smtp: Secret;
      readonly from: string;
      readonly to: readonly string[];
    }
  | { readonly type: 'webhook'; readonly url: Secret; readonly signingSecret: Secret };

export interface LineageConfig {
  /** Takes the events by POST, such as `https://marquez.example.com/api/v1/lineage`. */
  readonly url: Secret;
  readonly apiKey: Secret | null;
  /** Namespace of our jobs at OpenLineage. */
  readonly namespace: string;
}

export interface TelemetryConfig {
  /** Base address of OTLP over HTTP; traces go to `/v1/traces` below it. */
  readonly endpoint: string;
}

/** Tables that a job reads and writes, `catalog.schema.table`, for lineage. */
export interface JobDatasets {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface DatabricksConfig {
  /** Origin with scheme, no trailing slash: `https://adb-1.azuredatabricks.net`. */
  readonly host: string;
  readonly auth:
    | { readonly kind: 'pat'; readonly token: Secret }
    | { readonly kind: 'oauth-m2m'; readonly clientId: string; readonly clientSecret: Secret };
  readonly warehouseId: string | null;
  /** PEM text trusted beside the public authorities, for REST and SQL. */
  readonly caCert: string | null;
}

export interface TablesConfig {
  readonly catalog: string;
  readonly schema: string;
  /** How `destination_data` is laid out: partitioned by position_date, or liquid clustered. */
  readonly layout: 'partition' | 'cluster';
  readonly calendar: { readonly from: string; readonly to: string };
}

export interface WebConfig {
  readonly port: number;
  readonly bind: string;
  readonly tokens: readonly ApiToken[];
  /** How long an answer about the log may be given again before the warehouse is asked anew; 0 for never. */
  readonly logCacheMs: number;
}

export interface ApiToken {
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  readonly token: Secret;
}

export interface WorkerConfig {
  /** Port of /healthz and /metrics, or null for none. */
  readonly port: number | null;
  /** Most dates of one target job that one worker process holds at a time. */
  readonly concurrency: number;
  /** How long a date stays with a worker that has fallen silent; BullMQ's lockDuration. */
  readonly lockDurationMs: number;
  /** How often silent workers are looked for; BullMQ's stalledInterval. */
  readonly stalledIntervalMs: number;
  /** How often plans are fed and repaired when nothing else asks for it. */
  readonly feedIntervalMs: number;
  /** How often the live job's max_concurrent_runs is read. */
  readonly limitIntervalMs: number;
  /** Share of the typical run time, in percent, that may pass between two looks at a job's ended runs. */
  readonly watchPercent: number;
  /** Most requests a second that all workers together send to the Jobs API. */
  readonly requestsPerSecond: number;
  /** How long log events are gathered before one MERGE writes them. */
  readonly logFlushIntervalMs: number;
  /** How long a stopping worker may take to hand over its dates. */
  readonly handoverMs: number;
}

/** A time at which the workers sweep the log for failed dates. */
export interface RetrySchedule {
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** IANA name of the zone in which the cron text is read. */
  readonly timezone: string;
  /** How long ago a date may have failed. */
  readonly retryDaysBack: number;
  /** Most dates that one firing runs again. */
  readonly maxRetries: number;
  /** Name or key of the one job it is about, or null for every job. */
  readonly job: string | null;
  readonly enabled: boolean;
}

/** A business-day calendar from date-holidays, with what it lacks added and what it has too much removed. */
export interface CalendarConfig {
  readonly country: string | null;
  readonly state: string | null;
  readonly region: string | null;
  /** Days of the week that are no business days, 0 = Sunday to 6 = Saturday; [6, 0] by default. */
  readonly weekend: readonly number[];
  /** Dates that are holidays beside those of the country. */
  readonly add: readonly string[];
  /** Dates that are business days although they are a holiday or a weekend day. */
  readonly remove: readonly string[];
}

/** How dates of one target job are backfilled; every key has a default. */
export interface JobConfig {
  readonly key: string;
  readonly name: string;
  readonly jobId: string | null;
  /** Settings for `jobs apply`, verbatim as in a Databricks bundle, or null for a job we do not define. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Applied only where it is named: `jobs apply --job KEY`. */
  readonly optional?: boolean;
  /** Values of `settings` that came from the environment -> how the file names them. Not to be shown. */
  readonly confidential?: ReadonlyMap<string, string>;
  /** Notebook in the workspace -> its file here, for those that the file names by a relative path. */
  readonly notebookFiles?: Readonly<Record<string, string>>;
  readonly policy: JobPolicy;
  /** What this job alone changes of the alerts. */
  readonly alerts?: Partial<AlertPolicy>;
  readonly datasets?: JobDatasets;
}

export interface JobPolicy {
  readonly dateParameter: string;
  /** How the date is written: `yyyy-MM-dd`, `yyyyMMdd`, `dd/MM/yyyy`, ... */
  readonly dateFormat: string;
  /** Parameter that gets the window's last day, for granularities above a day. */
  readonly endDateParameter: string;
  readonly parameterStyle: 'job_parameters' | 'notebook_params';
  /** Sent with every run beside the date. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Name of a calendar: `US`, `US-NY`, `DE-BY`, a key of `calendars`, or `none` for every day. */
  readonly calendar: string;
  /** How many days one run processes; above a day, its last day goes into `endDateParameter`. */
  readonly granularity: Granularity;
  /** Slots of max_concurrent_runs left to the job's own schedule. */
  readonly headroom: number;
  readonly maxAttempts: number;
  /** Delay before attempt 2; doubled for each further attempt up to `maxRetryDelayMs`. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** Longest a run may take from its start, or null for what the live job declares: see `planning/run-deadline.ts`. */
  readonly runDeadlineMs: number | null;
  readonly successWithFailures: 'warn' | 'fail';
  /** What is checked after a run's success, or null for nothing. */
  readonly quality: QualitySettings | null;
}
