import { useEffect, useState } from 'preact/hooks';
import { type Polled, usePolled } from '../polled.ts';

export interface ListedJobView {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly job_ids: readonly string[];
  readonly max_concurrent_runs: number | null;
}

export interface Jobs extends Pick<Polled<unknown>, 'failure' | 'refresh'> {
  /** Those of the configuration; null until they are known. */
  readonly listed: readonly ListedJobView[] | null;
}

/** Jobs of the configuration beside what the workspace has. */
export function useJobs(): Jobs {
  const { answer, failure, refresh } = usePolled<{ items: ListedJobView[] }>('/api/jobs');
  return { listed: answer?.items ?? null, failure, refresh };
}

export interface JobChoiceProps {
  readonly jobs: Jobs;
  readonly job: string;
  readonly onChoose: (job: string) => void;
}

/** A job by name: those of the configuration are offered, any other of the workspace may be typed. */
export function JobChoice({ jobs, job, onChoose }: JobChoiceProps) {
  return <JobField jobs={jobs} text={job} onText={onChoose} />;
}

/** The same where each choice is a question to the warehouse: a name that is still being typed is none. */
export function AskedJobChoice({ jobs, job, onChoose }: JobChoiceProps) {
  const [text, setText] = useState(job);
  useEffect(() => setText(job), [job]);
  const choose = (name: string) => {
    if (name !== '' && name !== job) onChoose(name);
  };
  return (
    <JobField
      jobs={jobs}
      text={text}
      onText={(typed) => {
        setText(typed);
        // A click on an offered name is an input like any other.
        if (jobs.listed?.some(({ name }) => name === typed)) choose(typed);
      }}
      onDone={() => choose(text.trim())}
    />
  );
}

interface JobFieldProps {
  readonly jobs: Jobs;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onDone?: () => void;
}

function JobField({ jobs, text, onText, onDone }: JobFieldProps) {
  return (
    <label>
      Job
      <input
        type="text"
        list="jobs"
        value={text}
        required
        autocomplete="off"
        placeholder={jobs.listed === null && jobs.failure === null ? 'Loading…' : 'Name of a job'}
        onInput={(event) => onText(event.currentTarget.value)}
        onBlur={onDone}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onDone?.();
        }}
      />
      <datalist id="jobs">
        {jobs.listed?.map(({ key, name }) => (
          <option key={key} value={name} />
        ))}
      </datalist>
    </label>
  );
}
