import type { Figure } from './figure.ts';
import type { ProductBuild } from './product-build.ts';

/** How a suite is asked to measure. */
export interface BenchRun {
  /** Ends the suite: an interrupt, or its deadline. */
  readonly signal: AbortSignal;
  /** As little as still gives every figure, within seconds. */
  readonly short: boolean;
  /** What web processes and workers run. */
  readonly build: ProductBuild;
}

export interface Suite {
  readonly name: string;
  /** Longest that it may take, start and stop included. */
  readonly deadlineSeconds: number;
  readonly measure: (run: BenchRun) => Promise<Figure[]>;
}
