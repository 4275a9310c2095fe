// Ends the session, where there is one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { client } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';

export function LeaveButton() {
  const queries = useQueryClient();
  // The gate reads it; a second reader would begin again where there is no answer.
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const leave = useMutation({
    mutationFn: () => client.session.close(),
    onSuccess: () => queries.resetQueries({ queryKey: sessionQuery.queryKey }),
  });
  if (!session?.name) return null;
  return (
    <button
      type="button"
      className="grid size-8 place-items-center rounded-sm border border-rule text-soft hover:text-ink"
      title={`Leave (${session.name})`}
      disabled={leave.isPending}
      onClick={() => leave.mutate()}
    >
      <LogOut aria-hidden size={15} />
      <span className="sr-only">Leave, the key is {session.name}</span>
    </button>
  );
}
