import { z } from 'zod';
import { parseCalendarDate } from '../calendar/calendar-date.ts';

/**
 * Schemas of single values. Each takes the value of a YAML key as well as the text of a variable or flag,
 * and its issue's message says what is expected.
 */
export type ValueSchema<T> = z.ZodType<T, unknown>;

/** A schema by a function that gives undefined for what it cannot read. */
export function valueSchema<T>(expected: string, read: (value: unknown) => T | undefined): ValueSchema<T> {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: expected, input: value });
    return z.NEVER;
  });
}

export function text(expected: string, pattern: RegExp): ValueSchema<string> {
  return valueSchema(expected, (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined,
  );
}

export function integer(min: number, max: number, noun = 'a whole number'): ValueSchema<number> {
  return valueSchema(`${noun} from ${min} to ${max}`, (value) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    const fits = Number.isInteger(number) && Number(number) >= min && Number(number) <= max;
    return fits ? Number(number) : undefined;
  });
}

export function oneOf<const T extends string>(...allowed: readonly T[]): ValueSchema<T> {
  return valueSchema(`one of ${allowed.map((value) => `"${value}"`).join(', ')}`, (value) =>
    allowed.find((candidate) => candidate === value),
  );
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `30s`, `5m`, `1h`, `500ms`, `2d`, or a number of seconds; gives milliseconds. Limits are in milliseconds. */
export function duration(minMs: number, maxMs: number): ValueSchema<number> {
  const expected = `a duration such as 30s, 5m or 1h, or a number of seconds, from ${spelt(minMs)} to ${spelt(maxMs)}`;
  return valueSchema(expected, (value) => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d)?$/.exec(String(value));
    if (match === null || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    const ms = Math.round(Number(match[1]) * (UNITS_MS[match[2] ?? 's'] ?? Number.NaN));
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  });
}

/** Milliseconds as {@link duration} reads them, in the largest unit that divides them. */
export function spelt(ms: number): string {
  const [unit, size] = Object.entries(UNITS_MS).findLast(([, size]) => ms >= size && ms % size === 0) ?? [
    'ms',
    1,
  ];
  return `${ms / size}${unit}`;
}

export const calendarDate: ValueSchema<string> = valueSchema('a date that exists, as YYYY-MM-DD', (value) =>
  typeof value === 'string' ? (parseCalendarDate(value) ?? undefined) : undefined,
);

/** Ids of Databricks exceed 2^53, so they are text inside; digits without quotes are taken from YAML. */
export const databricksId: ValueSchema<string> = valueSchema('the digits of a Databricks id', (value) => {
  const exact = typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
  return typeof exact === 'string' && /^\d{1,19}$/.test(exact) ? exact : undefined;
});

/** Values of a job's parameters are text at Databricks; numbers and booleans of YAML become it. */
export const parameterValue: ValueSchema<string> = valueSchema(
  'a text, a number or true or false',
  (value) => (['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined),
);

/** Unity Catalog takes more, but these need no care in SQL text. */
export const tableNamePart = text(
  'a name of letters, digits, "_" and "-", up to 255',
  /^[\p{L}\p{N}_-]{1,255}$/u,
);

/** Source: the Jobs API takes these characters in names of job parameters. */
export const parameterName = text(
  'a parameter name of letters, digits, "_", "." and "-"',
  /^[A-Za-z0-9_.-]{1,255}$/,
);

/** Of the run time between looks; below a tenth nothing is gained, above half the slots stand idle. */
export const percentage = valueSchema('a number of percent from 0.1 to 50', (value) => {
  const number = typeof value === 'string' && /^\d{1,2}(\.\d{1,3})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0.1 && number <= 50 ? number : undefined;
});

export const requestRate = integer(1, 10_000, 'a number of requests a second');

/** 0 lets the system choose a free port. */
export const port = integer(0, 65_535, 'a port');

/** Without a slash at the end. */
export const httpUrl = valueSchema('a URL http://... or https://...', (value) =>
  typeof value === 'string' && /^https?:\/\/./.test(value) && URL.canParse(value)
    ? value.replace(/\/+$/, '')
    : undefined,
);

export const redisUrl = valueSchema('a URL redis://host:port or rediss://host:port', (value) =>
  typeof value === 'string' && /^rediss?:\/\/./.test(value) && URL.canParse(value) ? value : undefined,
);

/** Prefix of every key in Redis; braces are for Redis Cluster. */
export const redisPrefix = text(
  'a prefix of letters, digits and "_.:{}-", up to 64',
  /^[A-Za-z0-9_.:{}-]{1,64}$/,
);

export const bindAddress = text('an IP address or a host name', /^[A-Za-z0-9_.:%-]{1,253}$/);
