import { z } from 'zod';
import { LOG_LEVELS } from './file-schema.ts';
import { type Problems, shown } from './problems.ts';
import { readSection } from './section.ts';
import {
  bindAddress,
  httpUrl,
  integer,
  oneOf,
  percentage,
  port,
  redisPrefix,
  redisUrl,
  requestRate,
  tableNamePart,
  text,
} from './value-schema.ts';

const secretText = text('a token without blanks', /^\S+$/);

/** Every variable of ours but those of the connection to Databricks and `BACKFILL_CONFIG`. */
export const environmentSchema = z.object({
  REDIS_URL: redisUrl.optional(),
  BACKFILL_REDIS_PREFIX: redisPrefix.optional(),
  BACKFILL_CATALOG: tableNamePart.optional(),
  BACKFILL_SCHEMA: tableNamePart.optional(),
  BACKFILL_PORT: port.optional(),
  BACKFILL_BIND: bindAddress.optional(),
  BACKFILL_WORKER_PORT: port.optional(),
  BACKFILL_WATCH_PERCENT: percentage.optional(),
  BACKFILL_REQUESTS_PER_SECOND: requestRate.optional(),
  BACKFILL_API_TOKENS: z.string().optional(),
  BACKFILL_URL: httpUrl.optional(),
  BACKFILL_TOKEN: secretText.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  LOG_LEVEL: oneOf(...LOG_LEVELS).optional(),
});

export type Environment = z.output<typeof environmentSchema>;

/** Settings that a program which embeds this puts above file and environment; no command passes any. */
export const flagsSchema = z.object({
  redisUrl: redisUrl.optional(),
  redisPrefix: redisPrefix.optional(),
  catalog: tableNamePart.optional(),
  schema: tableNamePart.optional(),
  port: port.optional(),
  bind: bindAddress.optional(),
  workerPort: port.optional(),
  concurrency: integer(1, 100_000).optional(),
  url: httpUrl.optional(),
  token: secretText.optional(),
  logLevel: oneOf(...LOG_LEVELS).optional(),
});

export type Flags = z.output<typeof flagsSchema>;

/** What a command may pass on from its options, as typed. */
export type ConfigFlags = {
  readonly [F in keyof Flags]?: string | number | undefined;
};

/** Values that may hold a secret, a password of a URL included, and are not repeated in a problem. */
const CONFIDENTIAL = new Set<PropertyKey>([
  'REDIS_URL',
  'BACKFILL_TOKEN',
  'BACKFILL_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'redisUrl',
  'token',
  'url',
]);

/** Reads the variables; one that is set to nothing counts as not set. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): Environment {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  return readNamed(environmentSchema, set, (variable) => variable, problems);
}

export function readFlags(flags: ConfigFlags, problems: Problems): Flags {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return readNamed(flagsSchema, given, flagName, problems);
}

function readNamed<S extends z.ZodType>(
  schema: S,
  values: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string,
  problems: Problems,
): z.output<S> {
  return readSection(schema, values, ([key = ''], _, expected) => {
    const found = CONFIDENTIAL.has(key) ? 'a value that is not shown here' : shown(values[String(key)]);
    problems.add({ name: nameOf(String(key)), place: null, found, expected });
  });
}

function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
