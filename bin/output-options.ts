import { type Command, Option } from 'commander';

/** How a read prints its answer; as a table where neither is set. */
export interface OutputOptions {
  json?: true;
  csv?: true;
}

/** Adds `--json` and `--csv` to a verb that reads. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print the REST body').conflicts('csv'))
    .addOption(new Option('--csv', 'print comma-separated values'));
}
