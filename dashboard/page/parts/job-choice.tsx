import { usePolled } from '../polled.ts';

export interface ListedJobView {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly job_ids: readonly string[];
  readonly max_concurrent_runs: number | null;
}

/** Jobs of the configuration; null until they are known. */
export function useJobs(): readonly ListedJobView[] | null {
  const { answer, failure } = usePolled<{ items: ListedJobView[] }>('/api/jobs');
  return failure ? [] : (answer?.items ?? null);
}

export interface JobChoiceProps {
  readonly jobs: readonly ListedJobView[] | null;
  readonly job: string;
  readonly onChoose: (job: string) => void;
}

/** A job by name: those of the configuration are offered, any other of the workspace may be typed. */
export function JobChoice({ jobs, job, onChoose }: JobChoiceProps) {
  return (
    <label>
      Job
      <input
        type="text"
        list="jobs"
        value={job}
        required
        autocomplete="off"
        placeholder={jobs === null ? 'Loading…' : 'Name of a job'}
        onInput={(event) => onChoose(event.currentTarget.value)}
      />
      <datalist id="jobs">
        {jobs?.map(({ key, name }) => (
          <option key={key} value={name} />
        ))}
      </datalist>
    </label>
  );
}
