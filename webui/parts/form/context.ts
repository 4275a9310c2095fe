// What every field of the form needs: the payload, the problems, the words, and the way to edit.
import { createContext, useContext } from 'react';
import type { Json, JsonObject } from '../../../client/index.ts';
import { type Profile, profileOf } from './profile.ts';
import type { Uploads } from './uploads.ts';

export type FormContextValue = {
  payload: JsonObject;
  problems: ReadonlyMap<string, string>;
  profile: Profile;
  edit: (pointer: string, value: Json | undefined) => void;
  uploads: Uploads;
};

export const FormContext = createContext<FormContextValue>({
  payload: {},
  problems: new Map(),
  profile: profileOf({ name: '' }),
  edit: () => {},
  uploads: { at: () => undefined, pending: [], send: () => {}, stop: () => {} },
});

export function useForm(): FormContextValue {
  return useContext(FormContext);
}
