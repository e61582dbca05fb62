import { z } from 'zod';

/** What a target adds to every job. Source: Databricks CLI, bundle schema, `presets`. */
export const PresetsSchema = z.looseObject({
  name_prefix: z.string({ error: 'a text' }).optional(),
  trigger_pause_status: z.enum(['PAUSED', 'UNPAUSED'], { error: '"PAUSED" or "UNPAUSED"' }).optional(),
  jobs_max_concurrent_runs: z.int({ error: 'a whole number from 0 to 1000' }).min(0).max(1000).optional(),
  tags: z.record(z.string(), z.string({ error: 'a text; put it in quotes' })).optional(),
});

export type Presets = z.output<typeof PresetsSchema>;

/**
 * Presets of `mode: development`: schedules are paused and names have a prefix, so that a target for trying
 * things out touches nothing of production. The CLI puts the user's name in the prefix, which is not known here.
 */
const DEVELOPMENT: Presets = {
  name_prefix: '[dev] ',
  trigger_pause_status: 'PAUSED',
  jobs_max_concurrent_runs: 4,
};

type Settings = Readonly<Record<string, unknown>>;

/** The settings of a job of that key as the selected target wants them; what the job says itself stands above. */
export function withPresets(key: string, settings: Settings, mode: unknown, given: Presets): Settings {
  const presets = mode === 'development' ? { ...DEVELOPMENT, ...given } : given;
  const { name_prefix, trigger_pause_status, jobs_max_concurrent_runs, tags } = presets;
  const triggers = ['schedule', 'trigger', 'continuous'].flatMap((name) => {
    const trigger = settings[name];
    if (trigger_pause_status === undefined || typeof trigger !== 'object' || trigger === null) return [];
    return [[name, { pause_status: trigger_pause_status, ...trigger }]];
  });
  const own = typeof settings.tags === 'object' && settings.tags !== null ? settings.tags : {};
  return {
    ...(jobs_max_concurrent_runs !== undefined && { max_concurrent_runs: jobs_max_concurrent_runs }),
    ...settings,
    ...Object.fromEntries(triggers),
    ...(tags !== undefined && { tags: { ...tags, ...own } }),
    ...(name_prefix !== undefined && { name: `${name_prefix}${settings.name ?? key}` }),
  };
}
