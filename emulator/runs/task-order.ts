import type { Task } from '../jobs/job-settings.ts';

/** The tasks with every task after those that it depends on; a cycle's tasks stay where they are, last. */
export function inDependencyOrder(tasks: readonly Task[]): Task[] {
  const waiting = [...tasks];
  const ordered: Task[] = [];
  const done = new Set<string>();
  for (;;) {
    const next = waiting.findIndex((task) => upstreamKeys(task).every((key) => done.has(key)));
    if (next === -1) return [...ordered, ...waiting];
    for (const task of waiting.splice(next, 1)) {
      ordered.push(task);
      done.add(task.task_key);
    }
  }
}

export function upstreamKeys(task: Task): string[] {
  return (task.depends_on ?? []).map((dependency) => dependency.task_key);
}
