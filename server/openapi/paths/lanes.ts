// Lanes, and their live limits.
import { lanePatchSchema } from '../../../queue/index.ts';
import { listQuery } from '../../routes/lanes.ts';
import type { Resource } from '../operation.ts';
import { lane } from '../shapes/record.ts';
import { pageOf } from '../shapes/task.ts';

export const lanePaths: Resource = {
  tag: 'Lanes',
  description: 'What waits and runs under each key, and under which limit.',
  operations: {
    'GET /api/v1/lanes': {
      id: 'listLanes',
      summary: 'List lanes, by key',
      query: listQuery,
      answers: { 200: { description: 'A page of lanes', schema: pageOf(lane) } },
    },
    'GET /api/v1/lanes/:key': {
      id: 'getLane',
      summary: 'Read a lane',
      answers: { 200: { description: 'The lane', schema: lane } },
      problems: [404],
    },
    'PATCH /api/v1/lanes/:key': {
      id: 'changeLane',
      summary: "Change a lane's limit, pause it, or let it rest: in force in every worker's next round",
      body: lanePatchSchema,
      answers: { 200: { description: 'The lane as it is now', schema: lane } },
      problems: [404],
    },
  },
};
