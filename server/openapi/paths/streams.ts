// Streams of Server-Sent Events.
import { manyQuery, oneQuery } from '../../routes/streams.ts';
import type { Resource } from '../operation.ts';

const seen = { 'Last-Event-ID': 'The `id` of the last event that was received' };
const type = 'text/event-stream';
const events =
  'Events are `progress` ([ProgressEvent](#/components/schemas/ProgressEvent)), `complete` ' +
  '([CompleteEvent](#/components/schemas/CompleteEvent)), `error` ([ErrorEvent](#/components/schemas/ErrorEvent)) and ' +
  '`ping`, which says nothing; a comment comes every 15 s. Come back with `Last-Event-ID` or `after` to get only what is newer.';

export const streamPaths: Resource = {
  tag: 'Streams',
  description: events,
  operations: {
    'GET /api/task/:id/stream': {
      id: 'watchTask',
      summary: 'Watch a task to its end',
      description: `The first event is the state of now; the last one is \`complete\` or \`error\`. ${events}`,
      query: oneQuery,
      headers: seen,
      answers: {
        200: { description: 'Its events', type },
        204: { description: 'It has ended, and its end was received before' },
      },
      problems: [404],
    },
    'GET /api/tasks/stream': {
      id: 'watchTasks',
      summary: 'Watch many tasks',
      description: `Say one of \`ids\` (at most 100, with commas), \`workflow_run_id\` and \`all=1\` (changes only). ${events}`,
      query: manyQuery,
      headers: seen,
      answers: { 200: { description: 'Their events, until the client goes', type } },
      problems: [404],
    },
  },
};
