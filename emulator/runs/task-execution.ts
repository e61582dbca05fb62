import type { SqlResult } from '../sql/engine.ts';
import { SqlError } from '../sql/sql-error.ts';
import { splitStatements } from '../sql/syntax/split-statements.ts';
import type { SqlRuntime } from '../sql-runtime.ts';
import { stringifyJson } from '../wire-json.ts';
import type { WorkspaceFiles } from '../workspace-files/workspace-files.ts';
import { type Cell, sqlCells } from './notebook.ts';
import { effectiveParameters, type Run, type TaskRun } from './run.ts';
import { SUCCEEDED, taskFailed } from './run-end.ts';
import type { TaskResult } from './task-drive.ts';
import { resolveReferences } from './value-reference.ts';
import { applyWidgetStatement } from './widget.ts';

/** Databricks shows the first 5 MB of what a notebook returned. */
const MAX_RESULT_CHARACTERS = 5 * 1024 * 1024;

/** A task that cannot work, with the reason a person reads in the run's output. */
class TaskFailure extends Error {
  readonly terminationCode: string;

  constructor(message: string, terminationCode = 'RUN_EXECUTION_ERROR') {
    super(message);
    this.terminationCode = terminationCode;
  }
}

/** Does the work of tasks: SQL notebooks and SQL files of the workspace, statement by statement. */
export class TaskExecution {
  readonly #files: WorkspaceFiles;
  readonly #sql: () => Promise<SqlRuntime>;

  constructor(files: WorkspaceFiles, sql: () => Promise<SqlRuntime>) {
    this.#files = files;
    this.#sql = sql;
  }

  /** Never rejects for a failure of the task: that is a result. */
  async execute(run: Run, taskRun: TaskRun, signal: AbortSignal): Promise<TaskResult> {
    try {
      const cells = this.#cells(taskRun);
      const rows = await this.#runCells(cells, run, taskRun, signal);
      return { end: SUCCEEDED, output: successOutput(taskRun, cells, rows) };
    } catch (failure) {
      if (failure instanceof TaskFailure && failure.terminationCode !== 'RUN_EXECUTION_ERROR') {
        const end = taskFailed(failure.message, failure.terminationCode);
        return { end, output: { error: failure.message } };
      }
      const error = errorText(failure);
      const trace = failure instanceof Error ? (failure.stack ?? error) : error;
      // The reason is in the run's output only: the state says no more than this.
      const end = taskFailed('Workload failed, see run output for details.');
      return { end, output: { error, errorTrace: trace.includes(error) ? trace : `${error}\n${trace}` } };
    }
  }

  #cells({ task }: TaskRun): Cell[] {
    const { notebook_task, sql_task } = task;
    if (notebook_task !== undefined) return this.#notebookCells(notebook_task.notebook_path);
    if (sql_task?.file !== undefined) return sqlCells(this.#read(sql_task.file.path, 'SQL file'));
    const kind = Object.keys(task).find((key) => key.endsWith('_task')) ?? 'empty';
    throw new TaskFailure(
      `This emulator runs SQL notebooks (notebook_task) and SQL files (sql_task.file), not a task like ${kind}. Run it on a Databricks workspace, or script its end with POST /_local/outcomes.`,
    );
  }

  #notebookCells(path: string): Cell[] {
    const notebook = this.#files.find(path);
    if (notebook === undefined || notebook.objectType !== 'NOTEBOOK') {
      const message = `Unable to access the notebook "${path}". Either it does not exist, or the identity used to run this job lacks the required permissions.`;
      throw new TaskFailure(message, 'RESOURCE_NOT_FOUND');
    }
    if (notebook.language === 'SQL') return sqlCells(notebook.content.toString('utf8'));
    throw new TaskFailure(
      `The notebook "${path}" is written in ${notebook.language}: it needs a Databricks cluster with that language, which this emulator does not have. Use a SQL notebook, or script the end of its runs with POST /_local/outcomes.`,
    );
  }

  #read(path: string, kind: string): string {
    const file = this.#files.find(path);
    if (file !== undefined && file.objectType !== 'DIRECTORY') return file.content.toString('utf8');
    throw new TaskFailure(`${kind} "${path}" does not exist in the workspace.`, 'RESOURCE_NOT_FOUND');
  }

  async #runCells(
    cells: readonly Cell[],
    run: Run,
    taskRun: TaskRun,
    signal: AbortSignal,
  ): Promise<SqlResult | null> {
    const parameters = effectiveParameters(run, taskRun.task);
    for (const [name, value] of Object.entries(parameters)) {
      parameters[name] = resolveReferences(value, run, taskRun.task);
    }
    const todo = cells.flatMap(statements);
    const { engine } = await this.#sql();
    const session = await engine.session({ user: run.creatorUserName });
    let last: SqlResult | null = null;
    try {
      for (const statement of todo) {
        signal.throwIfAborted();
        if (applyWidgetStatement(statement, parameters)) continue;
        last = await session.execute(statement, bound(parameters));
      }
      return last;
    } finally {
      await session.close();
    }
  }
}

function statements(cell: Cell): string[] {
  if (cell.language === 'sql') return splitStatements(cell.text);
  if (cell.language === 'md' || cell.language === 'md-sandbox') return [];
  throw new TaskFailure(
    `A cell is marked %${cell.language}: it needs a Databricks cluster, which this emulator does not have. SQL and %md cells run here.`,
  );
}

function bound(
  parameters: Readonly<Record<string, string>>,
): Record<string, { type: string; value: string }> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, { type: 'STRING', value }]),
  );
}

function successOutput(
  { task }: TaskRun,
  cells: readonly Cell[],
  last: SqlResult | null,
): TaskResult['output'] {
  const { sql_task } = task;
  if (sql_task !== undefined) {
    const queryText = cells.map((cell) => cell.text).join('\n');
    return { sqlOutput: { queryText, warehouseId: sql_task.warehouse_id } };
  }
  if (last === null) return {};
  const names = last.columns.map((column) => column.name);
  const rows = last.rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const result = stringifyJson(rows);
  const truncated = result.length > MAX_RESULT_CHARACTERS;
  return { notebookOutput: { result: result.slice(0, MAX_RESULT_CHARACTERS), truncated } };
}

function errorText(failure: unknown): string {
  if (failure instanceof SqlError) return failure.displayMessage;
  return failure instanceof Error ? failure.message : String(failure);
}
