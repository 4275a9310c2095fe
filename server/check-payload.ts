// Checking payloads against the JSON Schemas that workers publish. Nothing is changed in a payload: no defaults, no
// conversions.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ActorRecord, JsonObject } from '../queue/index.ts';
import type { FieldProblem } from './problems.ts';

/** The problems of a payload, pointers under `base`; none when it is right or its actor has no schema. */
export type CheckPayload = (actor: ActorRecord, payload: JsonObject, base: string) => FieldProblem[];

interface Compiled {
  schema: string;
  /** Null: the schema cannot be compiled here, and only the worker can judge. */
  first: ValidateFunction | null;
  all: ValidateFunction | null;
}

const maxCompiled = 200;
const maxReported = 50;
// All errors of a large payload can be millions; beyond this only its first one is looked for.
const maxThorough = 64 * 1024;

/** Compiles each schema once and remembers the latest used ones; a schema that was published anew is compiled anew. */
export function createPayloadCheck(log: Logger): CheckPayload {
  const compiled = new Map<string, Compiled>();

  function recall(name: string, schema: string): Compiled {
    const known = compiled.get(name);
    compiled.delete(name);
    const entry = known?.schema === schema ? known : { schema, ...compile(name, schema, log) };
    compiled.set(name, entry);
    const [oldest] = compiled.keys();
    if (compiled.size > maxCompiled && oldest !== undefined) compiled.delete(oldest);
    return entry;
  }

  return (actor, payload, base) => {
    if (actor.input === null) return [];
    const { first, all } = recall(actor._id, actor.input);
    if (!first || !all || first(payload)) return [];
    const thorough = JSON.stringify(payload).length <= maxThorough && !all(payload);
    return report((thorough ? all : first).errors ?? [], base);
  };
}

const schemaText = z.looseObject({});
/** Judges schemas, not payloads. */
const judge = new Ajv2020({ strict: false, logger: false });

/** Throws for what is no schema. */
function judged(said: unknown): object {
  // Without `$schema`: one that names an older draft would be refused, and is compatible in all that matters.
  const { $schema: _, ...schema } = schemaText.parse(said);
  void judge.validateSchema(schema, true);
  return schema;
}

const maxSchema = 256 * 1024;

/** Why payloads could not be checked by this schema, or null. */
export function schemaProblem(schema: object): string | null {
  if (JSON.stringify(schema).length > maxSchema) return 'is longer than 256 KiB';
  try {
    newAjv(false).compile(judged(schema));
    return null;
  } catch (error) {
    return `is no JSON Schema that can be used: ${error instanceof Error ? error.message : 'unreadable'}`;
  }
}

function compile(name: string, text: string, log: Logger): Omit<Compiled, 'schema'> {
  try {
    const schema = judged(JSON.parse(text));
    return { first: newAjv(false).compile(schema), all: newAjv(true).compile(schema) };
  } catch (err) {
    log.warn(
      { err, actor: name },
      'the input schema of an actor cannot be compiled; its payloads are not checked',
    );
    return { first: null, all: null };
  }
}

// One instance per schema: an instance keeps every schema it ever saw, and their $ids would meet. Without the schemas
// of schemas, which take 15 ms to load: `judge` has them.
function newAjv(allErrors: boolean): Ajv2020 {
  const lean = {
    strict: false,
    ownProperties: true,
    logger: false,
    meta: false,
    validateSchema: false,
  } as const;
  const ajv = new Ajv2020({ allErrors, ...lean });
  addFormats.default(ajv);
  return ajv;
}

function report(errors: readonly ErrorObject[], base: string): FieldProblem[] {
  const seen = new Map<string, FieldProblem>();
  for (const error of errors) {
    if (seen.size >= maxReported) break;
    // Only says that one of the others holds.
    if (error.keyword === 'if') continue;
    const problem = { pointer: base + error.instancePath + missingPart(error), detail: detailOf(error) };
    seen.set(`${problem.pointer} ${problem.detail}`, problem);
  }
  return [...seen.values()];
}

/** The field that an error of an object is about, so that the pointer names it. */
function missingPart({ params }: ErrorObject): string {
  const key: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return typeof key === 'string' ? `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

function detailOf({ keyword, params, message = 'is not valid' }: ErrorObject): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties')
    return 'is not a known field';
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`;
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`;
  // The schema's way to say that blanks alone are not text.
  if (keyword === 'pattern' && params.pattern === '\\S') return 'must not be blank';
  return message;
}
