/**
 * A statement failed as Databricks would fail it. `message` is the text without class and state;
 * `displayMessage` is how a warehouse prints it.
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** Databricks error class, such as `TABLE_OR_VIEW_NOT_FOUND`. */
  readonly errorClass: string;
  /** Five characters, as in Databricks' table of error conditions. */
  readonly sqlState: string;

  constructor(errorClass: string, sqlState: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.errorClass = errorClass;
    this.sqlState = sqlState;
  }

  /** `[ERROR_CLASS] message SQLSTATE: xxxxx` */
  get displayMessage(): string {
    return `[${this.errorClass}] ${this.message} SQLSTATE: ${this.sqlState}`;
  }
}

/** The statement is not SQL that Databricks reads. */
export function syntaxError(near: string, hint = ''): SqlError {
  const where = near === '' ? 'end of input' : `'${near}'`;
  return new SqlError(
    'PARSE_SYNTAX_ERROR',
    '42601',
    `Syntax error at or near ${where}.${hint === '' ? '' : ` ${hint}`}`,
  );
}

/** Databricks has it, the emulator does not: said loudly, because a silent guess would hide a wrong result. */
export function notEmulated(construct: string): SqlError {
  return new SqlError(
    'EMULATOR_UNSUPPORTED',
    '0A000',
    `The emulator does not translate ${construct}. Run this statement on a Databricks warehouse, or rewrite it.`,
  );
}
