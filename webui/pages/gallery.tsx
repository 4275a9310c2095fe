// What was made, newest first. The picture that is shown large stands in the address.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import { galleryQuery } from '../api/lists.ts';
import { useWatch } from '../api/live.tsx';
import { itemsOf } from '../api/page.ts';
import { contentQuery, generationQuery } from '../api/queries.ts';
import { errorText, isMissing } from '../api/trouble.ts';
import { Lightbox } from '../parts/gallery/lightbox.tsx';
import { type Piece, piecesOf, Wall } from '../parts/gallery/wall.tsx';
import { More } from '../parts/more.tsx';
import { Notice, Trouble } from '../parts/notice.tsx';

export function GalleryPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Gallery · Callsheet';
  }, []);
  const list = useInfiniteQuery(galleryQuery);
  const pieces = list.data && piecesOf(itemsOf(list.data.pages, one => one.metadata_id));
  return (
    <>
      <h1 className="mb-5 text-4xl leading-tight">Gallery</h1>
      <Pieces pieces={pieces} error={list.error} onRetry={() => void list.refetch()} />
      <More list={list} label="Older pictures" />
      <Large pieces={pieces ?? []} />
    </>
  );
}

type PiecesProps = { pieces: Piece[] | undefined; error: Error | null; onRetry: () => void };

function Pieces({ pieces, error, onRetry }: PiecesProps) {
  if (pieces && pieces.length > 0) return <Wall pieces={pieces} hrefOf={id => `/gallery?show=${id}`} />;
  if (pieces) return <Empty />;
  return error ? <Trouble what="The gallery" error={error} onRetry={onRetry} /> : <Loading />;
}

/** The picture that the address names, be it on the wall or not. */
function Large({ pieces }: { pieces: Piece[] }) {
  const [search, setSearch] = useSearchParams();
  const id = search.get('show');
  const at = pieces.findIndex(({ content }) => content.content_id === id);
  const { piece, error } = usePiece(id, pieces[at]);
  if (id === null) return null;
  const close = () => setSearch({}, { replace: true });
  if (!piece) return error ? <Unknown error={error} onClose={close} /> : null;
  const neighbour = (step: number) => (at === -1 ? null : (pieces[at + step]?.content.content_id ?? null));
  return (
    <Lightbox
      {...piece}
      before={neighbour(-1)}
      after={neighbour(1)}
      onShow={show => setSearch({ show }, { replace: true })}
      onClose={close}
    />
  );
}

type Found = { content: Piece['content']; generation: Piece['generation'] | null };

/** The piece as it is on the wall, else as the server knows it; nothing while it is read. */
function usePiece(
  id: string | null,
  held: Found | undefined,
): { piece: Found | undefined; error: Error | null } {
  const away = id !== null && !held;
  const { data: content, error: noContent } = useQuery({ ...contentQuery(id ?? ''), enabled: away });
  const metadata_id = content?.metadata_id ?? null;
  const { data: generation, error: noGeneration } = useQuery({
    ...generationQuery(metadata_id ?? ''),
    enabled: away && metadata_id !== null,
  });
  const error = noContent ?? noGeneration;
  if (held || !content || (metadata_id !== null && !generation)) return { piece: held, error };
  return { piece: { content, generation: generation ?? null }, error: null };
}

function Unknown({ error, onClose }: { error: Error; onClose: () => void }) {
  return (
    <p
      role="alert"
      className="mt-6 flex flex-wrap items-center gap-4 border-l-4 border-failed bg-sheet px-4 py-3"
    >
      {isMissing(error) ? 'There is no picture at this address. It may have been removed.' : errorText(error)}
      <button type="button" className="button min-h-9" onClick={onClose}>
        All right
      </button>
    </p>
  );
}

function Empty() {
  return (
    <Notice title="Nothing has been made yet">
      <p>Every picture and every film that is made here hangs on this wall.</p>
      <Link href="/" className="button button-main">
        Ask for a picture
      </Link>
    </Notice>
  );
}

const SHAPES = [0.8, 1.3, 0.8, 1, 0.8, 1.6, 0.8, 1];

function Loading() {
  return (
    <div aria-busy="true">
      <p className="sr-only">Reading the gallery…</p>
      <ul className="wall" aria-hidden="true">
        {SHAPES.map((ratio, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the places are all alike and never move
          <li key={at} style={{ '--ratio': ratio } as React.CSSProperties}>
            <span className="picture-well breathing block size-full rounded-sm" />
          </li>
        ))}
      </ul>
    </div>
  );
}
