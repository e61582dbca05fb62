import type { RequestDraft } from '../request-draft.ts';
import { countText } from '../time-text.ts';
import { JobChoice, type Jobs } from './job-choice.tsx';

export interface RequestFormProps {
  readonly draft: RequestDraft;
  readonly jobs: Jobs;
  readonly busy: boolean;
  readonly onChange: (draft: RequestDraft) => void;
  readonly onPreview: () => void;
}

/** The request as a form; what is left empty follows the job. */
export function RequestForm({ draft, jobs, busy, onChange, onPreview }: RequestFormProps) {
  const set = (change: Partial<RequestDraft>) => onChange({ ...draft, ...change });
  const limit = jobs.listed?.find(
    ({ name, key }) => name === draft.job || key === draft.job,
  )?.max_concurrent_runs;
  return (
    <form
      class="panel request-form"
      onSubmit={(event) => {
        event.preventDefault();
        onPreview();
      }}
    >
      <JobChoice jobs={jobs} job={draft.job} onChoose={(job) => set({ job })} />
      <Dates draft={draft} set={set} />
      <label>
        Calendar
        <input
          type="text"
          list="calendars"
          value={draft.calendar}
          placeholder="That of the job"
          autocomplete="off"
          onInput={(event) => set({ calendar: event.currentTarget.value })}
        />
        <datalist id="calendars">
          <option value="US" label="Federal holidays, as observed" />
          <option value="none" label="Every day is a business day" />
          <option value="US-NY" />
          <option value="DE-BY" />
        </datalist>
      </label>
      <fieldset class="choices stacked">
        <legend>Which dates run</legend>
        <Policy value="missing" draft={draft} set={set} text="Those that have not succeeded" />
        <Policy value="failed" draft={draft} set={set} text="Only those whose last attempt failed" />
        <Policy value="all" draft={draft} set={set} text="All, also those that have succeeded" />
      </fieldset>
      <label>
        Order
        <select
          value={draft.order}
          onChange={(event) => set({ order: event.currentTarget.value === 'desc' ? 'desc' : 'asc' })}
        >
          <option value="asc">Earliest first</option>
          <option value="desc">Latest first</option>
        </select>
      </label>
      <div class="pair">
        <NumberField
          label="At a time"
          hint={limit == null ? 'Job’s limit' : `Up to ${limit}`}
          max={1000}
          value={draft.maxActiveRuns}
          onInput={(maxActiveRuns) => set({ maxActiveRuns })}
        />
        <NumberField
          label="Priority"
          hint="100; 1 is first"
          max={1000}
          value={draft.priority}
          onInput={(priority) => set({ priority })}
        />
        <NumberField
          label="Attempts a date"
          hint="Job’s own"
          max={100}
          value={draft.maxAttempts}
          onInput={(maxAttempts) => set({ maxAttempts })}
        />
        <NumberField
          label="Pause after failures"
          hint="Never"
          max={100_000}
          value={draft.stopAfterFailures}
          onInput={(stopAfterFailures) => set({ stopAfterFailures })}
        />
      </div>
      <label>
        Reason
        <input
          type="text"
          value={draft.reason}
          maxLength={1000}
          placeholder="For the record"
          onInput={(event) => set({ reason: event.currentTarget.value })}
        />
      </label>
      <button type="submit" class={busy ? '' : 'primary'} disabled={busy}>
        Preview
      </button>
    </form>
  );
}

interface PartProps {
  readonly draft: RequestDraft;
  readonly set: (change: Partial<RequestDraft>) => void;
}

function Dates({ draft, set }: PartProps) {
  const sorted = [...draft.dates].sort();
  if (sorted.length > 0) {
    return (
      <div class="fixed-dates">
        <span>
          {countText(sorted.length, 'date')}, {sorted[0]} to {sorted.at(-1)}
        </span>
        <button
          type="button"
          onClick={() => set({ dates: [], startDate: sorted[0] ?? '', endDate: sorted.at(-1) ?? '' })}
        >
          Use the range instead
        </button>
      </div>
    );
  }
  return (
    <>
      <div class="pair">
        <label>
          First date
          <input
            type="date"
            required
            value={draft.startDate}
            max={draft.endDate || undefined}
            onInput={(event) => set({ startDate: event.currentTarget.value })}
          />
        </label>
        <label>
          Last date
          <input
            type="date"
            required
            value={draft.endDate}
            min={draft.startDate || undefined}
            onInput={(event) => set({ endDate: event.currentTarget.value })}
          />
        </label>
      </div>
      <label>
        Without
        <input
          type="text"
          value={draft.excludeDates}
          placeholder="2024-06-12, 2024-06-13"
          pattern="\s*(\d{4}-\d\d-\d\d[\s,]*)*"
          title="Dates as YYYY-MM-DD, separated by commas"
          onInput={(event) => set({ excludeDates: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function Policy({ value, draft, set, text }: PartProps & { value: RequestDraft['reprocess']; text: string }) {
  return (
    <label class="choice">
      <input
        type="radio"
        name="reprocess"
        value={value}
        checked={draft.reprocess === value}
        onChange={() => set({ reprocess: value })}
      />
      {text}
    </label>
  );
}

interface NumberFieldProps {
  readonly label: string;
  /** What holds while it is empty. */
  readonly hint: string;
  readonly max: number;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function NumberField({ label, hint, max, value, onInput }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        min={1}
        max={max}
        value={value}
        placeholder={hint}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
