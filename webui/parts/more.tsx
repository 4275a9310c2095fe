// The button below a list that has further pages.

type Props = {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
  label: string;
};

export function More({ list, label }: Props) {
  if (!list.hasNextPage) return null;
  return (
    <button
      type="button"
      className="button mx-auto mt-6 flex"
      disabled={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {list.isFetchingNextPage ? 'Reading on…' : label}
    </button>
  );
}
