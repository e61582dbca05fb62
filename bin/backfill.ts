#!/usr/bin/env node
import { homedir } from 'node:os';
import { runCommandLine } from './command-line.ts';
import { runToExit } from './process.ts';
import { processTerminal } from './terminal.ts';

await runToExit(() =>
  runCommandLine(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    homeDir: homedir(),
    terminal: processTerminal,
  }),
);
