import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { TimeChartProps } from './parts/time-chart.tsx';

/** Draws a chart into an element and keeps its width; answers what takes it away again. */
export function drawChart(
  root: HTMLElement,
  { days, lines, top, format }: TimeChartProps,
  heightPx: number,
): () => void {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  const text = (value: number | null) => (value === null || value === undefined ? '–' : format(value));
  const options: uPlot.Options = {
    width: root.clientWidth,
    height: heightPx,
    // Days are those of UTC, in which the log counts.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      y: { range: (_chart, _low, high) => [0, top ?? Math.max(high * 1.1, 1)] },
    },
    axes: [
      { ...axis, space: 70, values: (_chart, splits) => splits.map(shortDayText) },
      { ...axis, size: 64, values: (_chart, splits) => splits.map(text) },
    ],
    series: [
      { label: 'Day', value: (_chart, seconds) => dayText(seconds) },
      ...lines.map(({ name, color: property, dashed }) => ({
        label: name,
        stroke: color(property),
        width: 2,
        ...(dashed && { dash: [6, 4] }),
        points: { show: true, size: 6, fill: color(property) },
        value: (_chart: uPlot, value: number | null) => text(value),
      })),
    ],
    cursor: { drag: { x: false, y: false }, y: false },
  };
  const chart = new uPlot(options, [[...days], ...lines.map(({ values }) => [...values])], root);
  const resize = new ResizeObserver(() => chart.setSize({ width: root.clientWidth, height: heightPx }));
  resize.observe(root);
  return () => {
    resize.disconnect();
    chart.destroy();
  };
}

const SHORT_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function shortDayText(seconds: number): string {
  return SHORT_DAY.format(new Date(seconds * 1000));
}

function dayText(seconds: number | null): string {
  return seconds === null || seconds === undefined
    ? '–'
    : new Date(seconds * 1000).toISOString().slice(0, 10);
}
