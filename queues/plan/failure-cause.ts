import { z } from 'zod';

/**
 * Why an attempt failed, beside its class and `error_message`. What the workspace did not tell is absent
 * (Lua's encoder, which writes it, knows no null).
 */
export const FailureCauseSchema = z.object({
  /** Termination code of Databricks, or one of ours such as RUN_DELETED. */
  termination_code: z.string(),
  /** The run's own words. */
  message: z.string().optional(),
  /** What the failed task raised. */
  task_error: z.string().optional(),
  /** The end of its stack trace: the beginning is the platform's own. */
  task_trace: z.string().optional(),
});

export type FailureCause = z.output<typeof FailureCauseSchema>;

/** Thousands of dates may fail, each with its cause in Redis. */
const MAX_CODE_LENGTH = 100;
const MAX_TEXT_LENGTH = 1_000;
const MAX_TRACE_LENGTH = 2_000;

/** The cause within its bounds; texts that are empty are left out. */
export function failureCause(told: {
  code: string;
  message: string | null;
  output: { readonly error: string | null; readonly errorTrace: string | null } | null;
}): FailureCause {
  const { message, output } = told;
  return {
    termination_code: told.code.slice(0, MAX_CODE_LENGTH),
    ...(message && { message: beginning(message) }),
    ...(output?.error && { task_error: beginning(output.error) }),
    ...(output?.errorTrace && { task_trace: end(output.errorTrace) }),
  };
}

function beginning(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`;
}

function end(text: string): string {
  return text.length <= MAX_TRACE_LENGTH ? text : `…${text.slice(1 - MAX_TRACE_LENGTH)}`;
}
