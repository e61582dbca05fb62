/** A warehouse refuses this request with an HTTP status, before or instead of a Thrift answer. */
export class ThriftRequestError extends Error {
  override readonly name = 'ThriftRequestError';
  /** HTTP status to answer with. */
  readonly status: number;

  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.status = status;
  }
}
