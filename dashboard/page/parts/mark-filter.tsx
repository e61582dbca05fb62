import type { DateMark } from './date-mark.ts';

export interface MarkFilterProps {
  readonly marks: readonly DateMark[];
  readonly counts: Readonly<Record<string, number>>;
  readonly only: string | null;
  /** Without it the marks are a legend only. */
  readonly onOnly?: (name: string | null) => void;
}

/** The legend of a calendar, how often each mark occurs, and the choice of one of them. */
export function MarkFilter({ marks, counts, only, onOnly }: MarkFilterProps) {
  const occurring = marks.filter(({ name }) => (counts[name] ?? 0) > 0 || name === only);
  return (
    <fieldset class="mark-filter">
      <legend class="visually-hidden">Filter by state</legend>
      {occurring.map(({ name, label, sign }) => {
        const content = (
          <>
            <i class={`mark swatch ${name}`} data-sign={sign} aria-hidden="true" />
            {label} <b>{(counts[name] ?? 0).toLocaleString('en-US')}</b>
          </>
        );
        if (onOnly === undefined) {
          return (
            <span key={name} class="chip">
              {content}
            </span>
          );
        }
        return (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={only === name}
            onClick={() => onOnly(only === name ? null : name)}
          >
            {content}
          </button>
        );
      })}
    </fieldset>
  );
}
