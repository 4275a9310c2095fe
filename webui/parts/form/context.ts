// What every field of the form needs: the payload, the problems, the words, and the way to edit.
import { createContext, useContext } from 'react';
import type { JsonObject, JsonValue } from '../../api/task.ts';
import type { Profile } from './profile.ts';

export type FormContextValue = {
  payload: JsonObject;
  problems: ReadonlyMap<string, string>;
  words: Profile['words'];
  /** Pointers of the fields that are shown large. */
  large: readonly string[];
  edit: (pointer: string, value: JsonValue | undefined) => void;
};

export const FormContext = createContext<FormContextValue>({
  payload: {},
  problems: new Map(),
  words: {},
  large: [],
  edit: () => {},
});

export function useForm(): FormContextValue {
  return useContext(FormContext);
}
