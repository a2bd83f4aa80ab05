// A reporter of node:test that writes one JSON line for each result, for `run-tests` to count. It judges nothing.

/**
 * The part of a test runner's event that is read here.
 * @typedef {object} TestEvent
 * @property {string} type
 * @property {{ name?: string, file?: string, entryFile?: string, skip?: string | boolean, todo?: string | boolean,
 *   details?: { type?: string, error?: { failureType?: string } } }} data
 */

/**
 * What `run-tests` reads.
 * @typedef {object} TestResult
 * @property {'passed' | 'failed' | 'skipped' | 'file_ended'} outcome
 * @property {string} name
 * @property {string} file
 * @property {string} reason why it was skipped
 */

/**
 * @param {AsyncIterable<TestEvent>} events
 * @returns {AsyncGenerator<string>}
 */
export default async function* reportResults(events) {
  for await (const event of events) {
    const outcome = outcomeOf(event);
    if (outcome === undefined) continue;
    const { name = '', file = '', skip, todo } = event.data;
    const reason = todo === undefined ? reasonText(skip) : `todo ${reasonText(todo)}`;
    yield `${JSON.stringify({ outcome, name, file, reason })}\n`;
  }
}

/**
 * A suite counts only for what befalls it as a whole: it is skipped, or one of its hooks fails. A file that holds no test
 * is reported as a test that passed, with no entry file; it does not count.
 * @param {TestEvent} event
 * @returns {TestResult['outcome'] | undefined}
 */
function outcomeOf({ type, data }) {
  if (type === 'test:summary') return data.file === undefined ? undefined : 'file_ended';
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  if (isSet(data.skip) || isSet(data.todo)) return 'skipped';
  const isSuite = data.details?.type === 'suite';
  if (type === 'test:fail')
    return isSuite && data.details?.error?.failureType === 'subtestsFailed' ? undefined : 'failed';
  return isSuite || data.entryFile === undefined ? undefined : 'passed';
}

/** @param {string | boolean | undefined} mark */
function isSet(mark) {
  return mark !== undefined && mark !== false;
}

/** @param {string | boolean | undefined} reason */
function reasonText(reason) {
  return typeof reason === 'string' && reason !== '' ? reason : 'without a reason';
}
