/** An error as the workspace's REST API reports it: `{"error_code", "message"}` with an HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  /** Mostly a word; the authentication layer of Databricks sends the HTTP status as a number instead. */
  readonly errorCode: string | number;

  constructor(status: number, errorCode: string | number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** 400 INVALID_PARAMETER_VALUE, which is also how the Jobs API reports a missing job or run. */
export function invalidParameter(message: string): ApiError {
  return new ApiError(400, 'INVALID_PARAMETER_VALUE', message);
}

/** 404 RESOURCE_DOES_NOT_EXIST, as the workspace and warehouse APIs report a missing object. */
export function notFound(message: string): ApiError {
  return new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', message);
}
