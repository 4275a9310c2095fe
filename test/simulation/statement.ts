// The updates of queue/states.ts, which are pipelines for mongod, applied to objects: the simulated store makes the very
// changes that the database makes. Knows the few operators that they use.
import type { Document } from 'mongodb';
import type { Task } from '../../queue/index.ts';
import { move } from '../../queue/states.ts';

type Values = Record<string, unknown>;
type Expression = (fields: object, variables: Values) => unknown;

/** A compiled transition: changes the task; `variables` are what its statement names by `$$`. */
export type Statement = (task: Task, variables: Values) => void;

export function statement(...args: Parameters<typeof move>): Statement {
  const stages = move(...args).map(compileStage);
  return (task, variables) => {
    for (const stage of stages) stage(task, variables);
  };
}

function compileStage(stage: Document): Statement {
  if ('$unset' in stage) return fields => remove(fields, [stage.$unset].flat());
  const setters = Object.entries(stage.$set).map(([name, value]) => [name, compile(value)] as const);
  return (fields, variables) => {
    // All values are of the task as it was.
    const values = setters.map(([, value]) => value(fields, variables));
    for (const [index, [name]] of setters.entries()) put(fields, name, values[index]);
  };
}

function put(fields: object, name: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(fields, name);
  else Reflect.set(fields, name, value);
}

function remove(fields: object, names: string[]): void {
  for (const name of names) Reflect.deleteProperty(fields, name);
}

function compile(value: unknown): Expression {
  if (typeof value === 'string' && value.startsWith('$$')) return variable(value.slice(2));
  if (typeof value === 'string' && value.startsWith('$')) {
    const name = value.slice(1);
    return fields => Reflect.get(fields, name);
  }
  if (Array.isArray(value)) {
    const items = value.map(compile);
    return (fields, variables) => items.map(item => item(fields, variables));
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  return name?.startsWith('$') ? operator(name, argument) : object(entries);
}

function variable(name: string): Expression {
  return name === 'REMOVE' ? () => undefined : (_, variables) => variables[name];
}

function object(entries: [string, unknown][]): Expression {
  const compiled = entries.map(([name, value]) => [name, compile(value)] as const);
  return (fields, variables) => {
    const values = compiled.map(([name, value]) => [name, value(fields, variables)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  };
}

const operators: Record<string, (values: unknown[]) => unknown> = {
  $add: values => values.reduce<number>((sum, value) => sum + Number(value), 0),
  $ifNull: values => values.find(value => value !== undefined && value !== null),
  $concatArrays: values => values.flat(1),
  $slice: ([list, count]) => (Array.isArray(list) ? list.slice(Number(count)) : list),
};

function operator(name: string, argument: unknown): Expression {
  if (name === '$literal') return () => argument;
  const apply = operators[name];
  if (!apply) throw new Error(`The simulated store does not know ${name}.`);
  const values = compile(argument);
  return (fields, variables) => apply([values(fields, variables)].flat(1));
}
