// The names of what actors may have injected. What is injected under them is in dependencies.ts.
import { z } from 'zod';

/** What every worker injects under these names; the rest of the context is there for all. */
export const ownDependencies = ['database', 'content', 'providers', 'artifacts'] as const;

export const isOwnDependency = (name: string): boolean => ownDependencies.some(own => own === name);

/** Whether a thread can be given it: all but artifacts belong to the worker. */
export const isThreadDependency = (name: string): boolean => name === 'artifacts';

export const dependencyName = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_-]{0,99}$/,
    'must begin with a letter and have letters, digits, "_" and "-" only',
  );
