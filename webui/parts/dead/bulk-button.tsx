// Does something to all dead letters that match: counts them first, asks with the number, tells how many it were.
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import type { DeadFilter } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { errorText } from '../../api/trouble.ts';
import { useChange } from '../change.ts';
import { Question } from '../question.tsx';
import { ACTION_LOOKS, countWords, type DeadAction, doneWords } from './words.ts';

type Props = {
  action: DeadAction;
  filter: DeadFilter;
  /** Which letters, for those who do not see where the button stands. */
  what: string;
  onDone: (words: string) => void;
};

export function BulkButton({ action, filter, what, onDone }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const count = useMutation({ mutationFn: () => client.dlq.act(action, { filter }, { dry_run: true }) });
  const act = useChange<string>(onDone);
  async function change() {
    const { changed, more } = await client.dlq.act(action, { filter }, { dry_run: false });
    return doneWords(action, changed, more ?? false);
  }
  const { Icon, all, question, consequence, agree } = ACTION_LOOKS[action];
  const matched = count.data?.matched;
  return (
    <>
      <button
        type="button"
        className="button min-h-9 text-sm"
        disabled={act.isPending}
        onClick={() => {
          count.mutate();
          dialog.current?.showModal();
        }}
      >
        <Icon aria-hidden size={15} />
        {act.isPending ? 'One moment…' : all}
        <span className="sr-only"> {what}</span>
      </button>
      <Question
        dialog={dialog}
        title={matched === undefined ? 'Counting…' : question(countWords(matched))}
        keep="Leave them"
        agree={agree}
        grave={action === 'dismiss'}
        disabled={!matched}
        onAgree={() => act.mutate(change)}
      >
        {count.error ? <p role="alert">{errorText(count.error)}</p> : <p>{consequence}</p>}
        <p className="mt-2 font-mono text-sm wrap-anywhere">{what}</p>
      </Question>
    </>
  );
}
