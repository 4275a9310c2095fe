// The whole document: every resource, every named shape, and the actors that are published now. Pure.
import { newTaskSchema } from '../../queue/index.ts';
import { actorSchemas, type DescribedActor } from './actors.ts';
import { problemResponses } from './answers.ts';
import { describeOperation, openPath, type Resource } from './operation.ts';
import { catalogPaths } from './paths/catalog.ts';
import { deadPaths } from './paths/dead.ts';
import { lanePaths } from './paths/lanes.ts';
import { artifactPaths, interactionPaths, mediaPaths } from './paths/media.ts';
import { registryPaths } from './paths/registry.ts';
import { remotePaths, roomPaths } from './paths/rooms.ts';
import { schedulePaths } from './paths/schedules.ts';
import { serverPaths, sessionPaths } from './paths/server.ts';
import { streamPaths } from './paths/streams.ts';
import { taskPaths } from './paths/tasks.ts';
import { convert, namedSchemas } from './schema.ts';

/** Every route of the app but the page's own addresses; a new file of paths/ is added here. */
export const resources: readonly Resource[] = [
  taskPaths,
  streamPaths,
  deadPaths,
  schedulePaths,
  lanePaths,
  catalogPaths,
  registryPaths,
  mediaPaths,
  artifactPaths,
  interactionPaths,
  roomPaths,
  remotePaths,
  sessionPaths,
  serverPaths,
];

const about = `A task queue for slow, paid, rate-limited work, kept in MongoDB.

Every refusal is \`application/problem+json\` (RFC 9457) and names each wrong field by a JSON Pointer. Bodies are JSON, at
most 1 MiB. Lists are \`{items, next_cursor}\`. Absent values are \`null\`. A server without keys asks nobody for one.`;

const securitySchemes = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of `CALLSHEET_KEYS`; the names in brackets are scopes',
  },
  session: { type: 'apiKey', in: 'cookie', name: 'callsheet_session', description: "The page's cookie" },
  worker_token: { type: 'http', scheme: 'bearer', description: 'What a worker outside got when it joined' },
};

/** The description of the app as it is now; `base` is the prefix of its paths. */
export function describeApi(actors: readonly DescribedActor[], base = ''): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Callsheet',
      version: '1',
      description: about,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base || '/' }],
    tags: resources.map(({ tag: name, description }) => ({ name, description })),
    paths: describePaths(),
    components: {
      schemas: { ...namedSchemas(), ...actorSchemas(actors, convert(newTaskSchema)) },
      responses: problemResponses(),
      securitySchemes,
    },
  };
}

function describePaths(): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const { tag, operations } of resources)
    for (const [route, operation] of Object.entries(operations)) {
      const [method = '', path = ''] = route.split(' ');
      const at = openPath(path);
      paths[at] = { ...paths[at], [method.toLowerCase()]: describeOperation(route, operation, tag) };
    }
  return paths;
}
