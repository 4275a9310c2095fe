// What can be run, and who is there to run it.
import { listQuery } from '../../routes/actors.ts';
import { listQuery as workersQuery } from '../../routes/workers.ts';
import type { Resource } from '../operation.ts';
import { actor, worker } from '../shapes/record.ts';
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
  },
};
