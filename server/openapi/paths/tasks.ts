// Tasks: making them, reading them, stopping them, trying them again.
import { z } from 'zod';
import { newTaskSchema } from '../../../queue/index.ts';
import { schema as actionBody } from '../../routes/actions.ts';
import { query as jobsQuery } from '../../routes/jobs.ts';
import { cancelQuery, listQuery, runQuery } from '../../routes/tasks.ts';
import { onceHeader, type Resource } from '../operation.ts';
import { cancelledTask, changedTask, counts, createdTask, pageOf, task } from '../shapes/task.ts';

const wait = { Prefer: '`wait=N`: hold the answer up to N seconds (at most 60) until the task has ended' };
const tasks = pageOf(task);

export const taskPaths: Resource = {
  tag: 'Tasks',
  description: 'Work that an actor does, once.',
  operations: {
    'POST /api/task': {
      id: 'createTask',
      summary: 'Make a task',
      headers: { ...wait, ...onceHeader },
      body: newTaskSchema,
      answers: {
        200: { description: 'It has ended while it was waited for', schema: task },
        202: {
          description: 'The task is stored',
          schema: createdTask,
          headers: ['Location', 'Retry-After', 'Deduplicated', 'Idempotent-Replayed', 'Preference-Applied'],
        },
      },
      problems: [404],
    },
    'POST /api/tasks': {
      id: 'createTasks',
      summary: 'Make up to 1,000 tasks: all of them, or none',
      headers: onceHeader,
      body: z.strictObject({ tasks: z.array(newTaskSchema).min(1).max(1_000) }),
      answers: {
        202: {
          description: 'They are stored',
          schema: z.object({ task_ids: z.array(z.string()) }),
          headers: ['Idempotent-Replayed'],
        },
      },
    },
    'GET /api/task/:id': {
      id: 'getTask',
      summary: 'Read a task',
      headers: { ...wait, 'If-None-Match': 'An `ETag` of before' },
      answers: {
        200: { description: 'The task', schema: task, headers: ['ETag', 'Retry-After'] },
        304: { description: 'It has not changed', headers: ['ETag'] },
      },
      problems: [404],
    },
    'POST /api/task/:id/cancel': {
      id: 'cancelTask',
      summary: 'Stop a task',
      query: cancelQuery,
      answers: {
        200: { description: 'It is cancelled, or had ended', schema: cancelledTask },
        202: { description: 'It runs, and was asked to stop', schema: cancelledTask },
      },
      problems: [404, 409],
    },
    'POST /api/task/:id/retry': {
      id: 'retryTask',
      summary: 'Try a failed or cancelled task again, under its own id',
      answers: {
        202: { description: 'It is queued', schema: changedTask, headers: ['Location', 'Retry-After'] },
      },
      problems: [404, 409],
    },
    'GET /api/tasks': {
      id: 'listTasks',
      summary: 'List tasks, newest first',
      query: listQuery,
      description:
        '`status` repeated means any of them, `tag` all of them. A page looks at 10,000 tasks at most: of what is rare it may be short, or empty, and still have a `next_cursor`.',
      answers: { 200: { description: 'A page of tasks', schema: tasks, headers: ['Link'] } },
    },
    'GET /api/workflow/:run/tasks': {
      id: 'listTasksOfRun',
      summary: 'The newest tasks of a workflow run',
      query: runQuery,
      answers: { 200: { description: 'The tasks', schema: tasks } },
    },
    'POST /api/tasks/actions': {
      id: 'actOnTasks',
      summary: 'Cancel, retry or dismiss many tasks, or count what that would change',
      body: actionBody,
      answers: { 200: { description: 'What was done', schema: counts } },
    },
    'GET /api/v1/jobs': {
      id: 'listJobs',
      summary: 'Tasks that tasks spawned, newest first',
      query: jobsQuery,
      answers: { 200: { description: 'A page of tasks', schema: tasks } },
    },
    'GET /api/v1/jobs/:id': {
      id: 'getJob',
      summary: 'Read a task that a task spawned',
      answers: { 200: { description: 'The task', schema: task } },
      problems: [404],
    },
  },
};
