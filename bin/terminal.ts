/** Where a command writes: results to stdout, everything else to stderr. */
export interface Terminal {
  /** Whether a person watches, so that a line may be redrawn. */
  readonly interactive: boolean;
  /** A line of the result. */
  print(line: string): void;
  /** A line about what is going on; a program that reads the result never sees it. */
  notice(line: string): void;
}

export const processTerminal: Terminal = {
  interactive: process.stdout.isTTY === true && process.stderr.isTTY === true,
  print: (line) => void process.stdout.write(`${line}\n`),
  notice: (line) => void process.stderr.write(`${line}\n`),
};

export function printJson(terminal: Terminal, body: unknown): void {
  terminal.print(JSON.stringify(body, null, 2));
}
