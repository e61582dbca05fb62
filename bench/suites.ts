import { API_LOAD_SHORT_JOBS, measureApiLoad } from './api-load.ts';
import { DISPATCH_SHORT_JOBS, measureDispatch } from './dispatch.ts';
import { ENQUEUE_SHORT_JOBS, measureEnqueue } from './enqueue.ts';
import { GROWTH_SHORT_JOBS, measureGrowth } from './growth.ts';
import { LOG_SHORT_JOBS, measureLog } from './log.ts';
import { MEMORY_JOBS, measureMemory } from './memory.ts';
import { measurePageAndApi, PAGE_AND_API_SHORT_JOBS } from './page-and-api.ts';
import { measureScaleOut, SCALE_OUT_SHORT_JOBS } from './scale-out.ts';
import { measureSlotUse, SLOT_USE_SHORT_JOBS } from './slot-use.ts';
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [
  { name: 'slot-use', deadlineSeconds: 900, measure: measureSlotUse, shortJobs: SLOT_USE_SHORT_JOBS },
  { name: 'api-load', deadlineSeconds: 1_800, measure: measureApiLoad, shortJobs: API_LOAD_SHORT_JOBS },
  { name: 'dispatch', deadlineSeconds: 300, measure: measureDispatch, shortJobs: DISPATCH_SHORT_JOBS },
  { name: 'enqueue', deadlineSeconds: 420, measure: measureEnqueue, shortJobs: ENQUEUE_SHORT_JOBS },
  { name: 'growth', deadlineSeconds: 900, measure: measureGrowth, shortJobs: GROWTH_SHORT_JOBS },
  { name: 'scale-out', deadlineSeconds: 420, measure: measureScaleOut, shortJobs: SCALE_OUT_SHORT_JOBS },
  { name: 'log', deadlineSeconds: 600, measure: measureLog, shortJobs: LOG_SHORT_JOBS },
  { name: 'memory', deadlineSeconds: 300, measure: measureMemory, shortJobs: MEMORY_JOBS },
  {
    name: 'page-and-api',
    deadlineSeconds: 240,
    measure: measurePageAndApi,
    shortJobs: PAGE_AND_API_SHORT_JOBS,
  },
];
