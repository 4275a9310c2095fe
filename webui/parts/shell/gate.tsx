// Asks for a key where the server wants one, and shows the app to everybody else.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { client } from '../../api/client.ts';
import { sessionQuery, wantsKey, watchSession } from '../../api/session.ts';
import { errorText } from '../../api/trouble.ts';
import { FieldProblemText } from '../form/frame.tsx';

export function Gate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => watchSession(queries), [queries]);
  const { error, isPending } = useQuery(sessionQuery);
  if (isPending) return null;
  // Any other error says nothing of keys: the pages themselves tell what is wrong.
  return wantsKey(error) ? <Login /> : children;
}

function Login() {
  const queries = useQueryClient();
  const login = useMutation({
    mutationFn: (key: string) => client.session.open(key),
    onSuccess: session => {
      // What was read before was refused; whatever is left of another session is not for this one.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
      queries.setQueryData(sessionQuery.queryKey, session);
    },
  });
  const problem = login.error
    ? wantsKey(login.error)
      ? 'This key is not known.'
      : errorText(login.error)
    : undefined;
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center px-4 pb-24">
      <p className="wordmark text-lg">Callsheet</p>
      <h1 className="mt-2 mb-6 text-3xl leading-tight">Which key do you have?</h1>
      <form
        className="flex flex-col gap-4"
        onSubmit={event => {
          event.preventDefault();
          const key = new FormData(event.currentTarget).get('key');
          if (typeof key === 'string' && key.trim() !== '') login.mutate(key.trim());
        }}
      >
        <KeyField problem={problem} />
        <button type="submit" className="button button-main self-start px-6" disabled={login.isPending}>
          <KeyRound aria-hidden size={16} />
          {login.isPending ? 'One moment…' : 'Come in'}
        </button>
      </form>
    </main>
  );
}

function KeyField({ problem }: { problem: string | undefined }) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor="key" className="font-semibold">
        API key
      </label>
      <input
        id="key"
        name="key"
        type="password"
        className="input font-mono"
        autoComplete="current-password"
        spellCheck={false}
        required
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? 'key:problem' : 'key:help'}
      />
      <div role="alert">
        <FieldProblemText id="key" problem={problem} />
      </div>
      <p id="key:help" className="text-sm text-soft">
        One of those in the server's CALLSHEET_KEYS. This browser keeps a session, not the key.
      </p>
    </div>
  );
}
