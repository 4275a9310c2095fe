// What a form field is. Types only; schema.ts makes them, the components draw them.
import type { Json } from '../../../client/index.ts';

export type Choice = { value: string | number | boolean | null; label: string };
export type Case = { value: Choice['value']; fields: Field[] };

export type Shape =
  | { kind: 'text'; long: boolean; minLength?: number; maxLength?: number; pattern?: string; format?: string }
  | { kind: 'number'; integer: boolean; min?: number; max?: number; step?: number }
  | { kind: 'flag' }
  | { kind: 'choice'; options: Choice[] }
  | { kind: 'fixed'; value: Json }
  /** A list of short texts, one a line. */
  | { kind: 'list'; minItems?: number; maxItems?: number }
  | { kind: 'group'; fields: Field[] }
  /** An object whose other members depend on one of them, `choice`. */
  | { kind: 'cases'; choice: Field; shared: Field[]; cases: Case[] }
  /** Whatever no input fits: edited as JSON. */
  | { kind: 'json' };

export type Field = Shape & {
  /** JSON Pointer into the payload. */
  pointer: string;
  label: string;
  help: string | null;
  required: boolean;
  /** The schema's default; undefined where it names none. */
  preset?: Json;
};

export type FieldOf<Kind extends Shape['kind']> = Extract<Field, { kind: Kind }>;
