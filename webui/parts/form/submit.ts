// Sending the form: a first look of our own, then the server's word, each problem at its field.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Dispatch, useRef } from 'react';
import { useLocation } from 'wouter';
import { type JsonObject, Problem } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { LISTS } from '../../api/lists.ts';
import { errorText, isUnheard } from '../../api/trouble.ts';
import { checkPayload } from './check.ts';
import { dropDraft } from './draft.ts';
import type { Field } from './field.ts';
import { type FormAction, problemsFromServer } from './form.ts';

type Asked = { actor: string; payload: JsonObject };

export type Submit = {
  isPending: boolean;
  /** What stands in the way beyond the fields' own problems; null when nothing does. */
  trouble: string | null;
  send: (root: Field, task: Asked) => void;
};

/** Enqueues what the form holds and goes to the new task; refusals are handed to the form. */
export function useSubmit(dispatch: Dispatch<FormAction>): Submit {
  const [, goTo] = useLocation();
  const queries = useQueryClient();
  const keyOf = useSendKey();
  // State is one drawing late; a double click is quicker.
  const sending = useRef(false);
  const create = useMutation({
    mutationFn: (task: Asked) => client.createTask(task, { idempotency_key: keyOf(task) }),
    onSuccess: ({ task_id }) => {
      dropDraft();
      void queries.invalidateQueries({ queryKey: LISTS });
      goTo(`/tasks/${task_id}`);
    },
    onSettled: () => {
      sending.current = false;
    },
    onError: error => {
      if (error instanceof Problem) dispatch({ type: 'refuse', problems: problemsFromServer(error.errors) });
    },
  });
  return {
    isPending: create.isPending,
    trouble: create.error && troubleOf(create.error),
    send(root, task) {
      if (sending.current) return;
      create.reset();
      const problems = checkPayload(root, task.payload);
      dispatch({ type: 'refuse', problems });
      sending.current = problems.length === 0;
      if (sending.current) create.mutate(task);
    },
  };
}

function troubleOf(error: Error): string | null {
  if (isUnheard(error)) return 'The server does not answer. Nothing is lost: send it again in a moment.';
  return error instanceof Problem && error.errors.length > 0 ? null : errorText(error);
}

/** One key for one task, however often it is sent: a lost answer then cannot make a second picture. */
function useSendKey(): (task: Asked) => string {
  const last = useRef({ body: '', key: '' });
  return task => {
    const body = JSON.stringify(task);
    if (last.current.body !== body) last.current = { body, key: randomKey() };
    return last.current.key;
  };
}

function randomKey(): string {
  // Not randomUUID: browsers offer that one only over https and on this very machine.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
