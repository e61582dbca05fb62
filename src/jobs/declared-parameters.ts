import type { JobPolicy } from '../config/config.ts';
import type { Job } from '../databricks/job.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { isDaily } from '../planning/granularity.ts';

/**
 * How a job takes the date: as a job parameter where it declares any, else as a parameter of its notebooks
 * (`base_parameters`).
 *
 * @throws BackfillError `undeclared_parameter` when the job declares no parameter of that name, or, where its
 *   granularity is above a day, none for the last day of a window. Databricks
 *   would start the run all the same, and the notebook would process some other date or none.
 */
export function parameterStyleOf(job: Job, policy: JobPolicy): JobPolicy['parameterStyle'] {
  const style = job.settings.parameters.length === 0 ? 'notebook_params' : policy.parameterStyle;
  const declared = declaredParameters(job, style);
  const undeclared = (name: string, setting: string, carries: string) => {
    const has = declared.length === 0 ? 'none' : declared.join(', ');
    return new BackfillError(
      'undeclared_parameter',
      `Job "${job.settings.name}" (${job.jobId}) does not declare the parameter "${name}" that carries ${carries} (it declares ${has}). Add it to the job's parameters, or set ${setting} to the one that takes it.`,
      { details: { job_id: job.jobId, parameter: name, declared } },
    );
  };
  if (!declared.includes(policy.dateParameter)) {
    throw undeclared(policy.dateParameter, 'date_parameter', 'the date');
  }
  if (!isDaily(policy.granularity) && !declared.includes(policy.endDateParameter)) {
    throw undeclared(policy.endDateParameter, 'end_date_parameter', "a window's last day");
  }
  return style;
}

/** Names of the parameters that a run of the job can be given in that style. */
export function declaredParameters(job: Job, style: JobPolicy['parameterStyle']): string[] {
  switch (style) {
    case 'job_parameters':
      return job.settings.parameters.map((parameter) => parameter.name);
    case 'notebook_params':
      return [...new Set(job.settings.tasks.flatMap((task) => Object.keys(task.notebookBaseParameters)))];
  }
}
