// Rooms and workers outside; each path also exists under /v1/joblib, for the programs that came before.
import { z } from 'zod';
import { newJobSchema, newTaskSchema } from '../../../queue/index.ts';
import { reportSchema } from '../../remote/report.ts';
import { joinSchema } from '../../routes/remote.ts';
import { listQuery, putQuery } from '../../routes/rooms.ts';
import { type Operation, onceHeader, type Resource } from '../operation.ts';
import { heartbeat, job, joined, remoteWorker, stateChange } from '../shapes/remote.ts';
import { createdTask, pageOf, task } from '../shapes/task.ts';

const { actor: _, ...taskFields } = newTaskSchema.shape;

/** Under both addresses; the newer one is the one that is listed. */
function underBoth(operations: Record<string, Operation>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([route, operation]) => {
      const [method, path = ''] = route.split(' ');
      return [`${method} /api/v1${path}`, { ...operation, aliases: [`/v1/joblib${path}`] }];
    }),
  );
}

const jobs = '/rooms/:room/jobs';

export const roomPaths: Resource = {
  tag: 'Rooms',
  description: 'Jobs that programs outside publish and execute. The same under `/v1/joblib`.',
  operations: underBoth({
    [`PUT ${jobs}`]: {
      id: 'putJob',
      summary: 'Publish a job, or bring a deleted one back',
      query: putQuery,
      body: newJobSchema,
      answers: {
        200: { description: 'It was there', schema: job, headers: ['Location'] },
        201: { description: 'It is published', schema: job, headers: ['Location'] },
      },
      problems: [409],
    },
    [`GET ${jobs}`]: {
      id: 'listRoomJobs',
      summary: 'List the jobs that a room sees: its own, `@global` and `@internal` ones',
      query: listQuery,
      answers: { 200: { description: 'A page of jobs', schema: pageOf(job) } },
    },
    [`GET ${jobs}/:full_name`]: {
      id: 'getRoomJob',
      summary: 'Read a job',
      answers: { 200: { description: 'The job', schema: job } },
      problems: [404],
    },
    [`DELETE ${jobs}/:full_name`]: {
      id: 'deleteRoomJob',
      summary: 'Hide a job; its tasks stay',
      answers: { 204: { description: 'It is hidden' } },
      problems: [404],
    },
    [`GET ${jobs}/:full_name/tasks`]: {
      id: 'listJobTasks',
      summary: 'List the tasks of a job that a room asked for, newest first',
      query: listQuery,
      answers: { 200: { description: 'A page of tasks', schema: pageOf(task) } },
      problems: [404],
    },
    'POST /rooms/:room/tasks/:full_name': {
      id: 'createRoomTask',
      summary: 'Ask for a job',
      headers: {
        Prefer: '`wait=N`: hold the answer up to N seconds (at most 60) until the task has ended',
        ...onceHeader,
      },
      body: z.strictObject(taskFields),
      answers: {
        200: { description: 'It has ended while it was waited for', schema: task },
        202: {
          description: 'The task is stored',
          schema: createdTask,
          headers: ['Location', 'Retry-After', 'Deduplicated', 'Idempotent-Replayed'],
        },
      },
      problems: [404],
    },
  }),
};

const worker = '/workers/:id';

export const remotePaths: Resource = {
  tag: 'Workers outside',
  description: 'Programs in any language that execute jobs. The same under `/v1/joblib`.',
  operations: underBoth({
    'POST /workers': {
      id: 'joinAsWorker',
      summary: 'Join',
      body: joinSchema,
      answers: { 201: { description: 'Its id and token', schema: joined, headers: ['Location'] } },
      problems: [404],
    },
    [`GET ${worker}`]: {
      id: 'getOwnWorker',
      summary: 'Read oneself, with the tasks that are held',
      answers: { 200: { description: 'The worker', schema: remoteWorker } },
      problems: [404],
    },
    [`GET ${worker}/stream`]: {
      id: 'streamToWorker',
      summary: 'Be given tasks',
      description:
        'Events are `job:assigned` ([JobAssignedEvent](#/components/schemas/JobAssignedEvent)), `job:soft_timeout` ' +
        '([JobSoftTimeoutEvent](#/components/schemas/JobSoftTimeoutEvent)) and `job:state_changed` ' +
        '([JobStateChangedEvent](#/components/schemas/JobStateChangedEvent)); a comment comes every 15 s.',
      answers: { 200: { description: 'Its events', type: 'text/event-stream' } },
      problems: [404],
    },
    [`PUT ${worker}/tasks/:task_id`]: {
      id: 'reportTask',
      summary: 'Say how a task goes, or how it ended',
      body: reportSchema,
      answers: { 200: { description: 'It is noted', schema: stateChange } },
      problems: [404, 409],
    },
    [`POST ${worker}/heartbeat`]: {
      id: 'beatAsWorker',
      summary: 'Give a sign of life',
      answers: { 200: { description: 'What is held', schema: heartbeat } },
      problems: [404, 415],
    },
    [`DELETE ${worker}`]: {
      id: 'leaveAsWorker',
      summary: 'Leave; what is held goes back to the queue',
      answers: { 204: { description: 'It is gone' } },
      problems: [404],
    },
  }),
};
