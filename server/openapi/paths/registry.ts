// The registry: actors as functions, called while one waits.
import { z } from 'zod';
import { executeSchema, registryQuery } from '../../routes/registry.ts';
import { onceHeader, type Resource } from '../operation.ts';
import { execution, registeredTask } from '../shapes/registry.ts';
import { createdTask } from '../shapes/task.ts';

export const registryPaths: Resource = {
  tag: 'Registry',
  description: 'Actors as functions, called while one waits.',
  operations: {
    'GET /api/v1/tasks': {
      id: 'listRegisteredTasks',
      summary: 'List what can be called',
      query: registryQuery,
      answers: { 200: { description: 'All that have the tags', schema: z.array(registeredTask) } },
    },
    'GET /api/v1/tasks/:name': {
      id: 'getRegisteredTask',
      summary: 'Read what one is called with',
      answers: { 200: { description: 'Its parameters and its signature', schema: registeredTask } },
      problems: [404],
    },
    'POST /api/v1/tasks/:name/$execute': {
      id: 'executeTask',
      summary: 'Call one and wait for its end',
      description:
        'It is a task like any other, run once: no retries. Without a live worker that runs it nothing is enqueued (503 `no-executor`).',
      aliases: ['/api/v1/tasks/:name/%24execute'],
      headers: { Prefer: '`wait=N`: wait up to N seconds (at most 60); 30 unless said', ...onceHeader },
      body: executeSchema,
      answers: {
        200: { description: 'It has ended, well or not', schema: execution, headers: ['Preference-Applied'] },
        202: {
          description: 'It takes longer: the task is stored, and goes on',
          schema: createdTask,
          headers: ['Location', 'Retry-After', 'Preference-Applied', 'Idempotent-Replayed'],
        },
      },
      problems: [404],
    },
  },
};
