import ttypes from '@databricks/sql/thrift/TCLIService_types.js';

/** The call was understood; how the statement went is in the operation's own state. */
export const SUCCESS = new ttypes.TStatus({ statusCode: ttypes.TStatusCode.SUCCESS_STATUS });

/** The call itself failed. */
export function failure(message: string, sqlState?: string): ttypes.TStatus {
  return new ttypes.TStatus({
    statusCode: ttypes.TStatusCode.ERROR_STATUS,
    errorCode: 0,
    errorMessage: message,
    displayMessage: message,
    ...(sqlState === undefined ? {} : { sqlState }),
  });
}
