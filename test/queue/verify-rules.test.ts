// What a task's own fields can prove: every rule is broken once and named.
import { expect, test } from 'vitest';
import type { Attempt, Task } from '../../queue/task.ts';
import { Notebook } from '../../queue/verify/report.ts';
import { checkTask } from '../../queue/verify/task-rules.ts';
import { beginning, finishedTask, queuedTask, runningTask, without } from './verify-history.ts';

const at = (ms: number) => new Date(beginning + ms);

function look(task: Task) {
  const notebook = new Notebook({ maxFindings: 10 });
  const read = { ...task, has_result: task.result !== undefined, has_error: task.error !== undefined };
  checkTask(read, notebook);
  return notebook.report(at(0));
}

const slot = { slot: 1, limit: 3 };
const done = finishedTask('a', [{ from: 0, to: 5_000, ...slot }]);
const twice = finishedTask('a', [
  { from: 0, to: 5_000, outcome: 'retried', ...slot },
  { from: 6_000, to: 9_000, ...slot },
]);
const error = { type: 'E', message: '', details: {}, stack_trace: '' };
const failed: Task = {
  ...without(finishedTask('a', [{ from: 0, to: 5_000, outcome: 'failed', ...slot }]), 'result'),
  status: 'failed',
  error,
  dead: true,
};
const running = runningTask('a', { from: 0, ...slot });
const waiting = queuedTask('a');

/** The task with one of its attempts changed. */
function changed(task: Task, index: number, change: Partial<Attempt>): Task {
  return { ...task, attempts: task.attempts.map((one, n) => (n === index ? { ...one, ...change } : one)) };
}

test.each<[string, Task]>([
  ['completed', done],
  ['completed at its second attempt', twice],
  ['dead', failed],
  ['dismissed', without(failed, 'dead')],
  ['running', running],
  ['waiting', waiting],
  ['unlimited', finishedTask('echo#0', [{ from: 0, to: 1 }])],
  ['cancelled while it waited', { ...waiting, status: 'cancelled', error, completed_at: at(7) }],
])('a task that is %s is clean', (_, task) => {
  expect(look(task).findings).toEqual([]);
});

test.each<[kind: string, says: string, task: Task]>([
  ['status_disagrees', 'processing and has no heartbeat_at', without(running, 'heartbeat_at')],
  ['status_disagrees', 'processing and has no claim', without(running, 'claim')],
  ['status_disagrees', 'processing and has no worker_id', without(running, 'worker_id')],
  ['status_disagrees', 'processing and has no started_at', without(running, 'started_at')],
  ['status_disagrees', 'completed and has a heartbeat_at', { ...done, heartbeat_at: at(1) }],
  ['status_disagrees', 'queued and has a worker_id', { ...waiting, worker_id: 'w1' }],
  ['status_disagrees', 'scheduled and has no run_at', { ...waiting, status: 'scheduled' }],
  ['status_disagrees', 'queued and has a run_at', { ...waiting, run_at: at(1) }],
  ['status_disagrees', 'completed and has no result', without(done, 'result')],
  ['status_disagrees', 'failed and has a result', { ...failed, result: 1 }],
  ['status_disagrees', 'completed and has an error', { ...done, error }],
  ['status_disagrees', 'failed and has no error', without(failed, 'error')],
  ['status_disagrees', 'completed and is a dead letter', { ...done, dead: true }],
  ['status_disagrees', 'completed and has no completed_at', without(done, 'completed_at')],
  ['status_disagrees', 'completed and still has its dedupe key', { ...done, dedupe_key: 'x' }],
  ['slot_invalid', 'is completed and holds slot 0', { ...done, slot: 0 }],
  ['slot_invalid', 'is processing limited and has no slot', without(running, 'slot')],
  ['slot_invalid', 'is processing in slot 3 of a limit of 3', { ...running, slot: 3 }],
  ['slot_invalid', 'attempt 1 was in slot 3 of a limit of 3', changed(done, 0, { slot: 3 })],
  [
    'slot_invalid',
    'attempt 1 was limited and has no slot',
    { ...done, attempts: finishedTask('a', [{ from: 0, to: 5_000 }]).attempts },
  ],
  ['slot_invalid', 'under no limit and has slot 1', { ...done, concurrency_identifier: null }],
  [
    'completed_twice',
    'completed 2 times: attempt 1 at 2026-01-01T00:00:05.000Z, attempt 2',
    changed(twice, 0, { outcome: 'completed' }),
  ],
  ['completed_twice', 'is completed, but its last attempt is lost', changed(done, 0, { outcome: 'lost' })],
  [
    'completed_twice',
    'is completed, but its last attempt is not recorded',
    { ...done, attempt: 0, attempts: [] },
  ],
  [
    'completed_twice',
    'is failed, but was completed before: attempt 1',
    changed(failed, 0, { outcome: 'completed' }),
  ],
  [
    'times_out_of_order',
    'was created after it started (2026-01-01T00:00:02.000Z',
    { ...done, created_at: at(2_000) },
  ],
  ['times_out_of_order', 'started after it completed', { ...done, started_at: at(5_001) }],
  ['times_out_of_order', 'completed before its last attempt ended', { ...done, completed_at: at(4_999) }],
  ['times_out_of_order', 'ended attempt 1 before it started', changed(done, 0, { started_at: at(5_001) })],
  [
    'times_out_of_order',
    'started attempt 2 before the last one ended',
    changed(twice, 0, { ended_at: at(6_101) }),
  ],
  ['attempts_out_of_order', 'was claimed 2 times and has 1 finished attempts', { ...done, attempt: 2 }],
  ['attempts_out_of_order', 'has attempt 3 out of its place among 2', changed(twice, 1, { attempt: 3 })],
  ['attempts_out_of_order', 'has attempt 1 out of its place among 2', changed(twice, 1, { attempt: 1 })],
  ['retries_miscounted', 'counts 1 retries and has 0 attempts that count', { ...done, retry_count: 1 }],
  [
    'retries_miscounted',
    'counts 1 retries and has 0',
    { ...changed(failed, 0, { outcome: 'lost' }), retry_count: 1 },
  ],
])('%s: %s', (kind, says, task) => {
  const { findings } = look(task);
  expect(findings.map(finding => `${finding.kind}: ${finding.detail}`).join('\n')).toContain(
    `${kind}: ${task._id} `,
  );
  expect(findings.find(finding => finding.kind === kind && finding.detail.includes(says))).toMatchObject({
    lane: task.lane,
    task_ids: [task._id],
    started_at: task.created_at,
  });
});

test.each<[string, Task]>([
  ['close_times', { ...done, created_at: at(900) }],
  ['close_times', changed(twice, 0, { ended_at: at(6_100) })],
  ['still_running', running],
  ['retries_reset', { ...twice, retry_count: 0 }],
  [
    'forgotten',
    {
      ...finishedTask(
        'a',
        Array.from({ length: 100 }, (_, n) => ({
          from: n * 10,
          to: n * 10 + 5,
          outcome: n < 99 ? 'released' : 'completed',
          ...slot,
        })),
      ),
      attempt: 150,
      attempts: Array.from({ length: 100 }, (_, n) => ({
        ...done.attempts[0]!,
        attempt: 51 + n,
        started_at: at(n * 10),
        ended_at: at(n * 10 + 5),
        outcome: n < 99 ? 'released' : 'completed',
      })),
    },
  ],
])('what cannot be decided is said: %s', (reason, task) => {
  const { findings, unchecked } = look(task);
  expect(findings).toEqual([]);
  expect(unchecked).toMatchObject([{ reason, count: 1, example: task._id }]);
});
