// The dead letters.
import { z } from 'zod';
import { deadActions, query } from '../../routes/dead.ts';
import type { Resource } from '../operation.ts';
import { deadGroup } from '../shapes/record.ts';
import { changedTask, counts, pageOf, task } from '../shapes/task.ts';

const path = '/api/v1/admin/dlq';

export const deadPaths: Resource = {
  tag: 'Dead letters',
  description: 'Failed tasks that nobody has retried or dismissed yet.',
  operations: {
    [`GET ${path}`]: {
      id: 'listDeadLetters',
      summary: 'List dead letters, the latest death first, or count them in groups',
      query,
      answers: {
        200: {
          description: 'A page of tasks; with `group` of groups, the largest first',
          schema: z.union([pageOf(task), pageOf(deadGroup)]),
        },
      },
    },
    [`POST ${path}/:id/retry`]: {
      id: 'retryDeadLetter',
      summary: 'Try a dead letter again',
      answers: {
        202: { description: 'It is queued', schema: changedTask, headers: ['Location', 'Retry-After'] },
      },
      problems: [404, 409],
    },
    [`POST ${path}/:id/dismiss`]: {
      id: 'dismissDeadLetter',
      summary: 'Put a dead letter away',
      answers: {
        200: { description: 'It stays failed', schema: changedTask.extend({ dead: z.literal(false) }) },
      },
      problems: [404, 409],
    },
    [`POST ${path}/actions`]: {
      id: 'actOnDeadLetters',
      summary: 'Retry or dismiss many dead letters, or count them',
      body: deadActions,
      answers: { 200: { description: 'What was done', schema: counts } },
    },
  },
};
