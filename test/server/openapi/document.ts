// The description of the app for tests: as it is served, and as checks of bodies by its own schemas.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DescribedActor } from '../../../server/openapi/actors.ts';
import { describeApi } from '../../../server/openapi/document.ts';

export type Schema = { [key: string]: unknown };
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
interface Content {
  [type: string]: { schema?: Schema };
}
export interface Described {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { $ref?: string; content?: Content; headers?: object }>;
}
export interface ApiDocument {
  paths: Record<string, Record<string, Described>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, { content: Content; headers?: object }>;
  };
}

export const documentOf = (actors: readonly DescribedActor[]): ApiDocument =>
  JSON.parse(JSON.stringify(describeApi(actors))) as ApiDocument;

/** Each operation with its method and path, by its id. */
export function operationsOf(
  api: ApiDocument,
): Map<string, { method: string; path: string; said: Described }> {
  const all = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, said]) => [said.operationId, { method, path, said }] as const),
  );
  return new Map(all);
}

/** What a status of an operation is described as: the very one, or its class. Undefined: it is not described. */
export function answerOf(api: ApiDocument, { responses }: Described, status: number): Content | undefined {
  const said = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
  if (!said) return undefined;
  if (said.$ref === undefined) return said.content ?? {};
  return api.components.responses[said.$ref.slice('#/components/responses/'.length)]?.content;
}

/** The first thing in a body that its described schema does not allow, or null. Fields that are not described count too. */
export type CheckBody = (schema: Schema, body: unknown) => string | null;

/** Checks by the schemas of a document. */
export function bodyCheck(api: ApiDocument): CheckBody {
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'api', components: closed(api.components) });
  const compiled = new Map<string, ValidateFunction>();
  return (schema, body) => {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components/', '"api#/components/');
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
    compiled.set(text, validate);
    return validate(body) ? null : ajv.errorsText(validate.errors);
  };
}

/** The same schemas without room for fields that are not described. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (inner.type !== 'object' || !inner.properties || 'additionalProperties' in inner) return inner as T;
  return { unevaluatedProperties: false, ...inner } as T;
}
