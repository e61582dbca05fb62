interface ErrorTraits {
  /** Status of the REST answer that carries this error. */
  httpStatus: number;
  /** Whether the same call may succeed later without anyone changing anything. */
  retryable: boolean;
}

/** Every error code of the product, once. Codes are part of the REST contract: add, never rename. */
export const ERROR_TABLE = {
  invalid_request: { httpStatus: 400, retryable: false },
  unauthenticated: { httpStatus: 401, retryable: false },
  forbidden: { httpStatus: 403, retryable: false },
  not_found: { httpStatus: 404, retryable: false },
  read_only: { httpStatus: 405, retryable: false },
  already_finished: { httpStatus: 409, retryable: false },
  nothing_to_retry: { httpStatus: 409, retryable: false },
  body_too_large: { httpStatus: 413, retryable: false },
  too_many_requests: { httpStatus: 429, retryable: true },
  end_before_start: { httpStatus: 422, retryable: false },
  range_too_long: { httpStatus: 422, retryable: false },
  no_business_day: { httpStatus: 422, retryable: false },
  all_in_future: { httpStatus: 422, retryable: false },
  unknown_job: { httpStatus: 422, retryable: false },
  ambiguous_job: { httpStatus: 422, retryable: false },
  job_not_managed: { httpStatus: 409, retryable: false },
  job_has_live_runs: { httpStatus: 409, retryable: false },
  definition_rejected: { httpStatus: 422, retryable: false },
  unknown_calendar: { httpStatus: 422, retryable: false },
  undeclared_parameter: { httpStatus: 422, retryable: false },
  invalid_quality_rule: { httpStatus: 422, retryable: false },
  idempotency_key_reused: { httpStatus: 422, retryable: false },
  not_implemented: { httpStatus: 501, retryable: false },
  configuration_invalid: { httpStatus: 500, retryable: false },
  internal_error: { httpStatus: 500, retryable: false },

  redis_unavailable: { httpStatus: 503, retryable: true },
  web_unavailable: { httpStatus: 503, retryable: true },
  provider_unavailable: { httpStatus: 503, retryable: true },

  workspace_unauthenticated: { httpStatus: 502, retryable: false },
  workspace_forbidden: { httpStatus: 502, retryable: false },
  workspace_not_found: { httpStatus: 502, retryable: false },
  workspace_rejected: { httpStatus: 502, retryable: false },
  workspace_throttled: { httpStatus: 503, retryable: true },
  workspace_unavailable: { httpStatus: 503, retryable: true },
  workspace_unreadable: { httpStatus: 502, retryable: true },

  receiver_unavailable: { httpStatus: 503, retryable: true },
  receiver_refused: { httpStatus: 502, retryable: false },

  warehouse_missing: { httpStatus: 503, retryable: false },
  warehouse_unavailable: { httpStatus: 503, retryable: true },
  statement_failed: { httpStatus: 502, retryable: false },
  statement_conflict: { httpStatus: 503, retryable: true },
  tables_missing: { httpStatus: 503, retryable: false },
  tables_outdated: { httpStatus: 503, retryable: false },
} as const satisfies Record<string, ErrorTraits>;

export type ErrorCode = keyof typeof ERROR_TABLE;
