// zod schemas as JSON Schema (2020-12, which is what OpenAPI 3.1 speaks), with named components in place of repetition. By zod
// itself: @hono/zod-openapi 1.6 throws at custom schemas, calls fields of exactOptional required, and its routes check the body
// before they look whether a request is known by its Idempotency-Key.
import { z } from 'zod';
import { newTaskSchema } from '../../queue/index.ts';
import * as events from './shapes/event.ts';
import * as records from './shapes/record.ts';
import * as registry from './shapes/registry.ts';
import * as remotes from './shapes/remote.ts';
import * as servers from './shapes/server.ts';
import * as tasks from './shapes/task.ts';

export type JsonSchema = { [key: string]: unknown };

/** The shapes that have a name in the document. */
const named: Record<string, z.ZodType> = {
  Task: tasks.task,
  TaskStatus: tasks.taskStatus,
  TaskState: tasks.taskState,
  TaskError: tasks.taskError,
  Progress: tasks.progress,
  Waiting: tasks.waiting,
  Attempt: tasks.attempt,
  ProgressEvent: events.progressEvent,
  CompleteEvent: events.completeEvent,
  ErrorEvent: events.errorEvent,
  Actor: records.actor,
  RegisteredTask: registry.registeredTask,
  Execution: registry.execution,
  Lane: records.lane,
  Worker: records.worker,
  Schedule: records.schedule,
  Stats: records.stats,
  DeadGroup: records.deadGroup,
  Content: records.content,
  Generation: records.generation,
  Artifact: records.artifact,
  ArtifactTree: records.artifactTree,
  Job: remotes.job,
  HeldTask: remotes.heldTask,
  JobAssignedEvent: remotes.jobAssigned,
  JobSoftTimeoutEvent: remotes.jobSoftTimeout,
  JobStateChangedEvent: remotes.jobStateChanged,
  Problem: servers.problem,
  FieldProblem: servers.fieldProblem,
};

// What a new task may be depends on the actors: actors.ts says it.
const names = new Map<z.core.$ZodType, string>([[newTaskSchema, 'NewTask']]);
for (const [name, schema] of Object.entries(named)) names.set(schema, name);

export const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** What may come in by this schema, as JSON Schema; a named shape is only referred to. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const name = names.get(schema);
  return name === undefined ? convert(schema) : refTo(name);
}

/** The schemas of all named shapes. */
export function namedSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, convert(schema)]));
}

/** The same, in full also where it has a name. */
export function convert(root: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(root, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const name = names.get(zodSchema);
      if (name !== undefined && zodSchema !== root) replace(jsonSchema, refTo(name));
      else replace(jsonSchema, readable(zodSchema._zod.def, jsonSchema));
    },
  });
  return schema;
}

function replace(schema: JsonSchema, by: JsonSchema): void {
  const copy = { ...by };
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, copy);
}

/** Without what zod says of its own workings: the pattern behind a format or a number, a `Date` of the library. */
function readable(def: { type: string }, schema: JsonSchema): JsonSchema {
  const { pattern: _pattern, anyOf, ...rest } = schema;
  if (def.type === 'date') return nothing;
  if (Array.isArray(anyOf)) {
    const said: JsonSchema[] = anyOf.filter(option => !('not' in option));
    if (said.some(option => Object.keys(option).length === 0)) return rest;
    return said.length === 1 ? { ...said[0], ...rest } : { ...schema, anyOf: said };
  }
  return schema.format === 'date-time' || schema.type === 'integer' ? rest : schema;
}

/** What JSON cannot say. */
const nothing: JsonSchema = { not: {} };
