import type { TrendDay } from '../../../src/tables/trends.ts';
import { durationText } from '../time-text.ts';
import { ScrollPanel } from './scroll-panel.tsx';

/** The figures behind the charts. */
export function TrendTable({ days }: { days: readonly TrendDay[] }) {
  return (
    <details class="panel">
      <summary>Figures</summary>
      <ScrollPanel label="Figures by day">
        <table>
          <thead>
            <tr>
              <th scope="col">Day, UTC</th>
              <th scope="col" class="number">
                Succeeded
              </th>
              <th scope="col" class="number">
                Failed
              </th>
              <th scope="col" class="number">
                Cancelled
              </th>
              <th scope="col" class="number">
                Median
              </th>
              <th scope="col" class="number">
                95th percentile
              </th>
            </tr>
          </thead>
          <tbody>
            {[...days].reverse().map((day) => (
              <tr key={day.day}>
                <td>{day.day}</td>
                <td class="number">{day.succeeded.toLocaleString('en-US')}</td>
                <td class="number">{day.failed.toLocaleString('en-US')}</td>
                <td class="number">{day.cancelled.toLocaleString('en-US')}</td>
                <td class="number">{day.median_seconds === null ? '–' : durationText(day.median_seconds)}</td>
                <td class="number">{day.p95_seconds === null ? '–' : durationText(day.p95_seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollPanel>
    </details>
  );
}
