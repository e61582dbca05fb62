// Preloaded into a process: SIGUSR2 blocks its event loop for as long as the file of BLOCK_WHILE exists.
import { existsSync } from 'node:fs';

const cell = new Int32Array(new SharedArrayBuffer(4));
process.on('SIGUSR2', () => {
  while (existsSync(process.env.BLOCK_WHILE)) Atomics.wait(cell, 0, 0, 20);
});
