import type { Task } from '../jobs/job-settings.ts';
import type { Run } from './run.ts';

/**
 * Replaces Databricks' dynamic value references in a parameter, as `{{job.parameters.position_date}}`;
 * one that is not known stays as it is, which is what the platform does.
 */
export function resolveReferences(value: string, run: Run, task: Task): string {
  return value.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (reference, name: string) => {
    const parameter = run.jobParameters.find((candidate) => name === `job.parameters.${candidate.name}`);
    if (parameter !== undefined) return parameter.value;
    switch (name) {
      case 'job.id':
        return String(run.jobId);
      case 'job.name':
        return run.runName;
      case 'job.run_id':
        return String(run.runId);
      case 'task.name':
        return task.task_key;
      case 'job.start_time.iso_date':
      case 'job.trigger.time.iso_date':
        return new Date(run.startTimeMs).toISOString().slice(0, 10);
      default:
        return reference;
    }
  });
}
