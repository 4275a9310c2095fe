// The wall of the gallery: small pictures in rows, each in its own shape before it is loaded.
import { Film } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Content, Generation } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { isMoving, promptOf } from '../media/words.ts';

/** One picture, with the generation it comes from. */
export type Piece = { content: Content; generation: Generation };

/** The pictures of generations, one after the other. */
export function piecesOf(generations: readonly Generation[]): Piece[] {
  return generations.flatMap(generation => generation.contents.map(content => ({ content, generation })));
}

export function Wall({
  pieces,
  hrefOf,
}: {
  pieces: readonly Piece[];
  hrefOf: (content_id: string) => string;
}) {
  return (
    <ul className="wall">
      {pieces.map(piece => (
        <Tile key={piece.content.content_id} piece={piece} href={hrefOf(piece.content.content_id)} />
      ))}
    </ul>
  );
}

function Tile({ piece: { content, generation }, href }: { piece: Piece; href: string }) {
  const [broken, setBroken] = useState(false);
  const moving = isMoving(content, generation.operation);
  const ratio = (content.width ?? 16) / (content.height ?? 9);
  // A film of an outside service has no small picture.
  const blank = broken || content.content_type.startsWith('video/');
  return (
    <li style={{ '--ratio': ratio } as React.CSSProperties}>
      <Link href={href} className="group picture-well relative block size-full overflow-hidden rounded-sm">
        {blank ? (
          <span className="grid size-full place-items-center text-soft">
            <Film aria-hidden size={32} />
          </span>
        ) : (
          <img
            src={client.contents.urlOf(content, { thumbnail: true })}
            alt=""
            loading="lazy"
            decoding="async"
            className="arriving size-full object-cover"
            onError={() => setBroken(true)}
          />
        )}
        {moving && (
          <span className="absolute top-2 right-2 flex items-center gap-1 rounded-sm bg-slate px-1.5 py-0.5 text-xs font-medium text-slate-ink">
            <Film aria-hidden size={13} />
            Film
          </span>
        )}
        <span className="absolute inset-x-0 bottom-0 line-clamp-2 bg-slate/90 px-2.5 py-1.5 text-sm leading-snug text-slate-ink opacity-0 transition-opacity duration-(--brief) group-hover:opacity-100 group-focus-visible:opacity-100">
          {promptOf(generation)}
        </span>
      </Link>
    </li>
  );
}
