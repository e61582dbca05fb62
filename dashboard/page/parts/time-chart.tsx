import { useEffect, useRef } from 'preact/hooks';

export interface ChartLine {
  readonly name: string;
  /** Name of a custom property of the style sheet. */
  readonly color: string;
  readonly dashed?: boolean;
  readonly values: readonly (number | null)[];
}

export interface TimeChartProps {
  /** Seconds since 1970. */
  readonly days: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: string;
  /** The most that a value can be, if there is such a thing. */
  readonly top?: number;
  readonly format: (value: number) => string;
}

const HEIGHT_PX = 220;

/** Lines over days. The library is loaded with the first chart, so that the overview does without. */
export function TimeChart(props: TimeChartProps) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    let remove = () => {};
    const draw = async () => {
      const { drawChart } = await import('../chart.ts');
      if (gone || root.current === null) return;
      remove();
      remove = drawChart(root.current, props, HEIGHT_PX);
    };
    void draw();
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      gone = true;
      scheme.removeEventListener('change', draw);
      remove();
    };
  }, [props.days, props.lines.map(({ values }) => values.join()).join(';')]);
  const names = props.lines.map(({ name }) => name).join(', ');
  return (
    <div
      ref={root}
      class="chart"
      role="img"
      aria-label={`${names} by day; the table below has the figures`}
    />
  );
}
