// What can be run, and who is there to run it.
import { listQuery } from '../../routes/actors.ts';
import { query as statsQuery } from '../../routes/stats.ts';
import { query as minutesQuery } from '../../routes/stats-minutes.ts';
import { listQuery as workersQuery } from '../../routes/workers.ts';
import type { Resource } from '../operation.ts';
import { actor, minute, stats, worker, workload } from '../shapes/record.ts';
import { pageOf } from '../shapes/task.ts';

export const catalogPaths: Resource = {
  tag: 'Catalog',
  description: 'Actors and workers.',
  operations: {
    'GET /api/v1/actors': {
      id: 'listActors',
      summary: 'List the actors that workers have published',
      query: listQuery,
      answers: { 200: { description: 'A page of actors', schema: pageOf(actor) } },
    },
    'GET /api/v1/actors/:name': {
      id: 'getActor',
      summary: 'Read an actor',
      answers: { 200: { description: 'The actor', schema: actor } },
      problems: [404],
    },
    'GET /api/v1/workers': {
      id: 'listWorkers',
      summary: 'List the workers that are alive',
      query: workersQuery,
      answers: { 200: { description: 'A page of workers', schema: pageOf(worker) } },
    },
    'GET /api/v1/stats': {
      id: 'getStats',
      summary: 'How the queue is doing, or one actor',
      query: statsQuery,
      answers: { 200: { description: 'The figures of now', schema: stats } },
      problems: [404],
    },
    'GET /api/v1/stats/minutes': {
      id: 'listMinutes',
      summary: 'The last minutes, the oldest first, of all actors or of one; the last one is not over yet',
      query: minutesQuery,
      answers: { 200: { description: 'The minutes', schema: pageOf(minute) } },
      problems: [404],
    },
    'GET /api/rooms/:room/extensions/:scope/:category/:extension/stats': {
      id: 'getExtensionStats',
      summary: 'How one job of a room is doing, as older programs ask',
      answers: { 200: { description: 'Its workers and what waits', schema: workload } },
      problems: [404],
    },
  },
};
