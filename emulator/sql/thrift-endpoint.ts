import TCLIService from '@databricks/sql/thrift/TCLIService.js';
import { TBinaryProtocol, TBufferedTransport } from 'thrift';
import type { SqlEngine } from './engine.ts';
import { ThriftRequestError } from './thrift/request-error.ts';
import { ThriftService } from './thrift/service.ts';

export { ThriftRequestError } from './thrift/request-error.ts';

const CALLS = [
  'OpenSession',
  'CloseSession',
  'ExecuteStatement',
  'GetOperationStatus',
  'GetResultSetMetadata',
  'FetchResults',
  'CancelOperation',
  'CloseOperation',
] as const;

/**
 * The wire of the warehouse: a request body holds one Thrift call, TBinaryProtocol over a buffered
 * transport, as `@databricks/sql` posts it.
 */
export class ThriftEndpoint {
  readonly #service: ThriftService;

  constructor(engine: SqlEngine) {
    this.#service = new ThriftService(engine);
  }

  /**
   * Answers one call. Rejects with a ThriftRequestError, which carries the HTTP status to answer: 400 for more
   * than 256 parameters or a body that is no Thrift, 501 for a call the emulator does not know.
   * `onStatement` is told the text of a statement that is to be executed.
   */
  handle(body: Buffer, onStatement: (statement: string) => void = () => {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const processor = new TCLIService.Processor(this.#handlers(reject, onStatement));
      const output = new TBinaryProtocol(
        new TBufferedTransport(undefined, (answer: Buffer | undefined) => resolve(answer ?? Buffer.alloc(0))),
      );
      const receive = TBufferedTransport.receiver(
        (input) => processor.process(new TBinaryProtocol(input), output),
        0,
      );
      try {
        receive(body);
      } catch (error) {
        reject(
          error instanceof TypeError
            ? new ThriftRequestError(501, 'The emulator does not answer this Thrift call.', { cause: error })
            : new ThriftRequestError(400, 'The request body is not a Thrift call.', { cause: error }),
        );
      }
    });
  }

  /** Forgets every session, as a warehouse that restarts: the next call of each is told that its handle is invalid. */
  expireSessions(): Promise<void> {
    return this.#service.expireSessions();
  }

  /** The processor turns what a handler throws into a Thrift exception; a refusal must reach HTTP instead. */
  #handlers(
    refuse: (reason: unknown) => void,
    onStatement: (statement: string) => void,
  ): Record<string, (request: never) => Promise<unknown>> {
    return Object.fromEntries(
      CALLS.map((call) => [
        call,
        async (request: never) => {
          try {
            if (call === 'ExecuteStatement') onStatement((request as { statement: string }).statement);
            return await this.#service[call](request);
          } catch (error) {
            refuse(error);
            throw error;
          }
        },
      ]),
    );
  }
}
