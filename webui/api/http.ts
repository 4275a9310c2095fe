// One way to speak HTTP with the server: JSON in and out, every refusal a Problem. No endpoints here.
import { BASE } from './base.ts';
import { noteServerDate } from './clock.ts';

export type FieldProblem = { pointer: string; detail: string };

/** A request that did not succeed. `status` 0 means the server could not be reached at all. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: FieldProblem[];

  constructor(status: number, message: string, errors: FieldProblem[] = []) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.errors = errors;
  }
}

/** Sends a request and returns the parsed body. Throws a Problem for every answer that is not 2xx, and when there is none. */
export async function requestJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await send(path, init);
  const body = await response.json().catch(() => null);
  if (!response.ok) throw problemFrom(response.status, body);
  return body as T;
}

/** Posts a JSON body; otherwise as requestJson. */
export function postJson<T>(path: string, body: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers = { 'content-type': 'application/json', ...more };
  return requestJson<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Patches with a JSON body; otherwise as requestJson. */
export function patchJson<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return requestJson<T>(path, { method: 'PATCH', headers, body: JSON.stringify(body) });
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(BASE + path, init);
    noteServerDate(response.headers.get('date'));
    return response;
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw unreachable();
  }
}

/** There was no answer at all. */
export function unreachable(): Problem {
  return new Problem(0, 'The server does not answer. It may be restarting; this page keeps trying.');
}

/** Makes a Problem of whatever a refusal carried; a body that is no problem document still gets a readable sentence. */
export function problemFrom(status: number, body: unknown): Problem {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = [fields.detail, fields.title].find(value => typeof value === 'string' && value !== '');
  return new Problem(
    status,
    typeof text === 'string' ? text : `The server answered ${status}.`,
    fieldProblems(fields.errors),
  );
}

function fieldProblems(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(
    (error): error is FieldProblem => typeof error?.pointer === 'string' && typeof error?.detail === 'string',
  );
}
