import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** Whether this runs from TypeScript sources (a checkout) and not from `dist`. */
export const runsFromSource = extname(import.meta.filename) === '.ts';

/** Directory of package.json: one above `bin`, two above `dist/bin`. */
export const packageRoot = join(dirname(import.meta.filename), runsFromSource ? '..' : '../..');

/** Notebooks that `jobs apply` imports: those of the working directory, else the ones we ship. */
export function notebooksDir(cwd: string): string {
  const own = join(cwd, 'notebooks');
  return existsSync(own) ? own : join(packageRoot, 'notebooks');
}

/** Command and arguments that run one of our own scripts, given without extension, as a process. */
export function scriptCommand(script: string): { command: string; args: string[]; file: string } {
  if (runsFromSource) {
    const file = join(packageRoot, `${script}.ts`);
    return { command: process.execPath, args: ['--import', import.meta.resolve('tsx'), file], file };
  }
  const file = join(packageRoot, 'dist', `${script}.js`);
  return { command: process.execPath, args: [file], file };
}
