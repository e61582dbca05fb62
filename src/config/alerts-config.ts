import type { z } from 'zod';
import type { alertPolicySection, ChannelSection } from './alert-schema.ts';
import {
  ALERT_EVENTS,
  type AlertChannel,
  type AlertPolicy,
  type AlertsConfig,
  type Config,
  type LineageConfig,
  type TelemetryConfig,
} from './config.ts';
import { didYouMean } from './near-match.ts';
import { type Problems, shown } from './problems.ts';
import type { ResolvedFile } from './resolved-file.ts';
import { Secret } from './secret.ts';
import type { SettingSources } from './setting-sources.ts';
import type { Said } from './single-settings.ts';
import { spelt } from './value-schema.ts';

/** Source: https://developer.pagerduty.com/docs/events-api-v2; that of the EU is events.eu.pagerduty.com. */
const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
const DEFAULT_NAMESPACE = 'databricks-backfill';

const DEFAULT_POLICY: AlertPolicy = Object.freeze({
  channels: null,
  events: ALERT_EVENTS,
  failureRatio: 0.5,
  stallAfterMs: 15 * 60_000,
});

/** The keys that each type of channel needs, beside those it may have. */
const CHANNEL_KEYS = {
  slack: { needed: ['url'], optional: [] },
  pagerduty: { needed: ['routing_key'], optional: ['url'] },
  email: { needed: ['smtp', 'from', 'to'], optional: [] },
  webhook: { needed: ['url', 'secret'], optional: [] },
} as const satisfies Record<AlertChannel['type'], object>;

/** `backfill.alerts`; a channel that lacks a key is reported and left out. */
export function readAlerts(
  file: ResolvedFile,
  pageUrl: string,
  picked: SettingSources,
  problems: Problems,
): AlertsConfig {
  const section = file.backfill.alerts ?? {};
  const channels: Record<string, AlertChannel> = {};
  for (const [name, keys] of Object.entries(section.channels ?? {})) {
    if (isComplete(name, keys, file, problems)) channels[name] = channelOf(keys);
  }
  const pick = <T>(key: string, value: T | undefined, byDefault: T, show: (value: T) => string = String) =>
    picked.pick(`backfill.alerts.${key}`, { file: value }, byDefault, show);
  return {
    pageUrl: pick('page_url', section.page_url, pageUrl, withoutPassword),
    channels: pick('channels', section.channels && channels, {}, namesAndTypes),
    policy: {
      channels: null,
      events: pick('events', section.events, DEFAULT_POLICY.events, (events) => events.join(', ') || 'none'),
      failureRatio: pick('failure_ratio', section.failure_ratio, DEFAULT_POLICY.failureRatio),
      stallAfterMs: pick('stall_after', section.stall_after, DEFAULT_POLICY.stallAfterMs, spelt),
    },
  };
}

/** What a job's own section changes. */
export function alertPolicyOf(section: z.output<typeof alertPolicySection>): Partial<AlertPolicy> {
  return {
    ...(section.channels && { channels: section.channels }),
    ...(section.events && { events: section.events }),
    ...(section.failure_ratio !== undefined && { failureRatio: section.failure_ratio }),
    ...(section.stall_after !== undefined && { stallAfterMs: section.stall_after }),
  };
}

/** Reports channels that a job names and nobody defines. */
export function checkChannels(
  names: readonly string[] | undefined,
  file: ResolvedFile,
  path: readonly string[],
  problems: Problems,
): void {
  const known = Object.keys(file.backfill.alerts?.channels ?? {});
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const expected = `channels of backfill.alerts.channels (${known.join(', ') || 'there is none'}).${didYouMean(name, known)}`;
    problems.add({ name: path.join('.'), place: file.place(path), found: shown(name), expected });
  }
}

/** `backfill.lineage`; off without a url. */
export function readLineage(file: ResolvedFile, picked: SettingSources): LineageConfig | null {
  const { url, api_key, namespace } = file.backfill.lineage ?? {};
  const lineage = url && {
    url: new Secret(url),
    apiKey: api_key === undefined ? null : new Secret(api_key),
    namespace: namespace ?? DEFAULT_NAMESPACE,
  };
  return picked.pick('backfill.lineage', { file: lineage || undefined }, null, (given) =>
    given === null ? 'off' : new URL(given.url.reveal()).host,
  );
}

/** `backfill.telemetry`; the variable is that of OpenTelemetry itself. */
export function pickTelemetry({ env, file }: Said, picked: SettingSources): TelemetryConfig | null {
  const endpoint = picked.pick(
    'backfill.telemetry.endpoint',
    { environment: env.OTEL_EXPORTER_OTLP_ENDPOINT, file: file.telemetry?.endpoint },
    null,
    (given) => (given === null ? 'off' : new URL(given).host),
  );
  return endpoint === null ? null : { endpoint };
}

/** The policy of a live job, found as its other settings are: by its id, else by its name. */
export function alertPolicyFor(
  { alerts, jobs }: Pick<Config, 'alerts' | 'jobs'>,
  job: { readonly jobId: string; readonly name: string },
): AlertPolicy {
  const configured = Object.values(jobs);
  const found =
    configured.find(({ jobId }) => jobId === job.jobId) ??
    configured.find(({ jobId, name }) => jobId === null && name === job.name);
  return { ...alerts.policy, ...found?.alerts };
}

/** A section with its type. */
type TypedSection = ChannelSection & { readonly type: AlertChannel['type'] };

function isComplete(
  name: string,
  keys: ChannelSection,
  file: ResolvedFile,
  problems: Problems,
): keys is TypedSection {
  const path = ['backfill', 'alerts', 'channels', name];
  if (keys.type === undefined) {
    const at = [...path, 'type'];
    const expected = `one of ${Object.keys(CHANNEL_KEYS).join(', ')}`;
    // One that could not be read has been reported, and a problem is told once.
    problems.add({ name: at.join('.'), place: file.place(at), found: 'nothing', expected });
    return false;
  }
  const { needed, optional } = CHANNEL_KEYS[keys.type];
  const given = Object.entries(keys).filter(([key, value]) => key !== 'type' && value !== undefined);
  const allowed: readonly string[] = [...needed, ...optional];
  const missing = needed.filter((key) => keys[key] === undefined);
  const useless = given.map(([key]) => key).filter((key) => !allowed.includes(key));
  const expected = `the keys ${needed.join(', ')} for a channel of type ${keys.type}`;
  for (const key of [...missing, ...useless]) {
    const found = useless.includes(key) ? 'a key that this type does not take' : 'nothing';
    const at = [...path, key];
    problems.add({ name: at.join('.'), place: file.place(at), found, expected });
  }
  return missing.length + useless.length === 0;
}

function channelOf(keys: TypedSection): AlertChannel {
  const url = new Secret(keys.url ?? '');
  switch (keys.type) {
    case 'slack':
      return { type: 'slack', url };
    case 'pagerduty':
      return {
        type: 'pagerduty',
        routingKey: new Secret(keys.routing_key ?? ''),
        url: keys.url ?? PAGERDUTY_URL,
      };
    case 'email':
      return { type: 'email', smtp: new Secret(keys.smtp ?? ''), from: keys.from ?? '', to: keys.to ?? [] };
    case 'webhook':
      return { type: 'webhook', url, signingSecret: new Secret(keys.secret ?? '') };
  }
}

function namesAndTypes(channels: AlertsConfig['channels']): string {
  const entries = Object.entries(channels).map(([name, { type }]) => `${name} (${type})`);
  return entries.join(', ') || 'none';
}

function withoutPassword(url: string): string {
  const shownUrl = new URL(url);
  if (shownUrl.password !== '') shownUrl.password = '***';
  return shownUrl.href;
}
