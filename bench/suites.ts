import { measureApiLoad } from './api-load.ts';
import { measureDispatch } from './dispatch.ts';
import { measureEnqueue } from './enqueue.ts';
import { measureGrowth } from './growth.ts';
import { measureLog } from './log.ts';
import { measureMemory } from './memory.ts';
import { measurePageAndApi } from './page-and-api.ts';
import { measureScaleOut } from './scale-out.ts';
import { measureSlotUse } from './slot-use.ts';
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [
  { name: 'slot-use', deadlineSeconds: 900, measure: measureSlotUse },
  { name: 'api-load', deadlineSeconds: 600, measure: measureApiLoad },
  { name: 'dispatch', deadlineSeconds: 300, measure: measureDispatch },
  { name: 'enqueue', deadlineSeconds: 420, measure: measureEnqueue },
  { name: 'growth', deadlineSeconds: 900, measure: measureGrowth },
  { name: 'scale-out', deadlineSeconds: 420, measure: measureScaleOut },
  { name: 'log', deadlineSeconds: 300, measure: measureLog },
  { name: 'memory', deadlineSeconds: 300, measure: measureMemory },
  { name: 'page-and-api', deadlineSeconds: 240, measure: measurePageAndApi },
];
