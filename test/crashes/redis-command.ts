/** Tells the commands that a worker sends to Redis for an attempt from all others, for a hold point. */

/** The start gate; the only script that gets nothing but who asks. */
export function isPassGate(words: readonly string[]): boolean {
  const args = scriptArguments(words);
  return 'token' in args && Object.keys(args).length === 5;
}

/** Storing the run id. */
export function isRecordRun(words: readonly string[]): boolean {
  return 'run_id' in scriptArguments(words);
}

/** The end of an attempt in plan and outbox. */
export function isEndAttempt(words: readonly string[]): boolean {
  return 'result' in scriptArguments(words);
}

/** BullMQ adding a job to `failed-dates`. */
export function isAddFailedDate(words: readonly string[]): boolean {
  return isEval(words) && words.some((word) => word.endsWith(':failed-dates:id'));
}

/** BullMQ completing the job of a date, and taking the next one. */
export function isCompleteDate(words: readonly string[]): boolean {
  const names = ['stalled', 'completed'];
  return isEval(words) && names.every((name) => words.some((word) => ofDateQueue(word, name)));
}

function ofDateQueue(word: string, name: string): boolean {
  return word.includes(':dates-') && word.endsWith(`:${name}`);
}

/** Our scripts get one key, the prefix, and one argument, JSON. */
function scriptArguments(words: readonly string[]): object {
  const [, , keys, , json = ''] = words;
  if (!isEval(words) || keys !== '1' || words.length !== 5 || !json.startsWith('{')) return {};
  return JSON.parse(json) as object;
}

function isEval([name = '']: readonly string[]): boolean {
  return /^eval(sha)?$/i.test(name);
}

/** BullMQ adding a message to `alerts`. */
export function isAddAlert(words: readonly string[]): boolean {
  return isEval(words) && words.some((word) => word.endsWith(':alerts:id'));
}
