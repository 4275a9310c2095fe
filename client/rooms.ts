// The calls about rooms: publishing jobs, asking for them, and executing them as a worker outside.
import type { WorkerEvent } from './event.ts';
import { type FollowOptions, followStream } from './follow.ts';
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type {
  Heartbeat,
  Job,
  JobState,
  JoinedWorker,
  NewJob,
  NewWorker,
  RemoteWorker,
  Report,
} from './room-record.ts';
import type { CreatedTask, NewTask, Task } from './task.ts';
import { type CreateOptions, onceHeader, queryOf, type RequestOptions, type Transport } from './transport.ts';

const part = encodeURIComponent;

export function roomCalls(transport: Transport) {
  const { ask, tell } = transport;
  const jobs = (room: string) => `/api/v1/rooms/${part(room)}/jobs`;
  const one = (room: string, full_name: string) => `${jobs(room)}/${part(full_name)}`;
  return {
    /** The jobs that a room sees: its own, and those of `@global` and `@internal`. */
    listJobs: (room: string, options: ListOptions = {}): Listing<Job> =>
      listOf(transport, jobs(room), {}, options),
    /** Reads a job. Problem 404 when the room sees none of this name. */
    getJob: (room: string, full_name: string, { signal }: RequestOptions = {}): Promise<Job> =>
      ask(one(room, full_name), { signal }),
    /** Publishes a job, or brings a deleted one back. Problem 409 when it has another schema, unless `replace`. */
    putJob: (
      room: string,
      job: NewJob,
      { signal, replace }: RequestOptions & { replace?: boolean | undefined } = {},
    ): Promise<Job> =>
      tell('PUT', jobs(room) + queryOf({ replace: replace ? 1 : undefined }), job, { signal }),
    /** Hides a job; its tasks stay. */
    deleteJob: (room: string, full_name: string, { signal }: RequestOptions = {}): Promise<void> =>
      tell('DELETE', one(room, full_name), undefined, { signal }),
    /** The tasks of a job that a room asked for, newest first. */
    listTasks: (room: string, full_name: string, options: ListOptions = {}): Listing<Task> =>
      listOf(transport, `${one(room, full_name)}/tasks`, {}, options),
    /** Asks for a job. Problem 503 for one of `@internal` that nobody executes. */
    createTask: (
      room: string,
      full_name: string,
      task: Omit<NewTask, 'actor'>,
      { signal, idempotency_key }: CreateOptions = {},
    ): Promise<CreatedTask> => {
      const headers = onceHeader(idempotency_key);
      return tell('POST', `/api/v1/rooms/${part(room)}/tasks/${part(full_name)}`, task, { signal, headers });
    },
  };
}

export function remoteCalls(transport: Transport) {
  const { ask, tell } = transport;
  const path = '/api/v1/workers';
  const own = ({ worker_id }: JoinedWorker) => `${path}/${part(worker_id)}`;
  const as = ({ token }: JoinedWorker) => ({ Authorization: `Bearer ${token}` });
  return {
    /** Joins. Keep the answer: a program that was restarted goes on with it, and is nobody without it. */
    join: (worker: NewWorker, { signal }: RequestOptions = {}): Promise<JoinedWorker> =>
      tell('POST', path, worker, { signal }),
    /** The worker as it is known, with the tasks that it holds. */
    get: (worker: JoinedWorker, { signal }: RequestOptions = {}): Promise<RemoteWorker> =>
      ask(own(worker), { signal, headers: as(worker) }),
    /** Is given tasks, the moment they are claimed for it, until `signal`. Without this stream there are none. */
    watch: (
      worker: JoinedWorker,
      options: Omit<FollowOptions, 'after'> = {},
    ): AsyncGenerator<WorkerEvent, void> =>
      followStream<WorkerEvent>(
        transport,
        {
          path: `${own(worker)}/stream`,
          headers: as(worker),
          names: ['job:assigned', 'job:soft_timeout', 'job:state_changed'],
          isLast: () => false,
        },
        options,
      ),
    /** Says how a task goes, or how it ended. Problem 409: it is this worker's no longer, or was cancelled. */
    report: (
      worker: JoinedWorker,
      task_id: string,
      report: Report,
      { signal }: RequestOptions = {},
    ): Promise<JobState> =>
      tell('PUT', `${own(worker)}/tasks/${part(task_id)}`, report, { signal, headers: as(worker) }),
    /** Gives a sign of life, and hears what it holds. */
    beat: (worker: JoinedWorker, { signal }: RequestOptions = {}): Promise<Heartbeat> =>
      tell('POST', `${own(worker)}/heartbeat`, undefined, { signal, headers: as(worker) }),
    /** Leaves: what it holds goes back to the queue at once. */
    leave: (worker: JoinedWorker, { signal }: RequestOptions = {}): Promise<void> =>
      tell('DELETE', own(worker), undefined, { signal, headers: as(worker) }),
  };
}
