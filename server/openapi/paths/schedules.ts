// Tasks by the clock.
import { z } from 'zod';
import { newScheduleSchema, schedulePatchSchema } from '../../../queue/index.ts';
import { listQuery } from '../../routes/schedules.ts';
import { onceHeader, type Resource } from '../operation.ts';
import { schedule } from '../shapes/record.ts';
import { pageOf } from '../shapes/task.ts';

const path = '/api/v1/schedules';
const one = `${path}/:id`;

export const schedulePaths: Resource = {
  tag: 'Schedules',
  description: 'Tasks by the clock: one per tick.',
  operations: {
    [`GET ${path}`]: {
      id: 'listSchedules',
      summary: 'List schedules, oldest first',
      query: listQuery,
      answers: { 200: { description: 'A page of schedules', schema: pageOf(schedule) } },
    },
    [`POST ${path}`]: {
      id: 'createSchedule',
      summary: 'Make a schedule',
      body: newScheduleSchema,
      answers: { 201: { description: 'The schedule', schema: schedule, headers: ['Location'] } },
      problems: [404],
    },
    [`GET ${one}`]: {
      id: 'getSchedule',
      summary: 'Read a schedule',
      answers: { 200: { description: 'The schedule', schema: schedule } },
      problems: [404],
    },
    [`PATCH ${one}`]: {
      id: 'changeSchedule',
      summary: 'Change, pause or resume a schedule',
      body: schedulePatchSchema,
      answers: { 200: { description: 'The schedule as it is now', schema: schedule } },
      problems: [404],
    },
    [`DELETE ${one}`]: {
      id: 'deleteSchedule',
      summary: 'Remove a schedule; its tasks stay',
      answers: { 204: { description: 'It is gone' } },
      problems: [404],
    },
    [`POST ${one}/run`]: {
      id: 'runSchedule',
      summary: 'Make a task of it now, also while it is paused',
      headers: onceHeader,
      answers: {
        202: {
          description: 'The task is stored',
          schema: z.object({ task_id: z.string() }),
          headers: ['Location', 'Retry-After', 'Idempotent-Replayed'],
        },
      },
      problems: [404],
    },
  },
};
