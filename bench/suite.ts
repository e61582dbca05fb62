import type { BenchJob } from './bench-job.ts';
import type { Figure } from './figure.ts';
import type { ProductBuild } from './product-build.ts';
import type { SharedStack } from './shared-stack.ts';

/** How a suite is asked to measure. */
export interface BenchRun {
  /** Ends the suite: an interrupt, or its deadline. */
  readonly signal: AbortSignal;
  /** As little as still shows that the suite works, within seconds. */
  readonly short: boolean;
  /** What web processes and workers run. */
  readonly build: ProductBuild;
  /** The one stack of the short form; null where each suite starts stacks of its own. */
  readonly shared: SharedStack | null;
}

export interface Suite {
  readonly name: string;
  /** Longest that it may take, start and stop included. */
  readonly deadlineSeconds: number;
  /** Jobs of the short form, whose stack has those of all suites; the names are this suite's own. */
  readonly shortJobs: readonly BenchJob[];
  readonly measure: (run: BenchRun) => Promise<Figure[]>;
}
