// A picture or a film, in a frame of its own size before it is loaded.
import { ImageOff } from 'lucide-react';
import { useState } from 'react';

type Props = {
  url: string;
  kind: 'image' | 'video';
  name: string;
  width: number;
  height: number;
  className?: string;
};

export function Shown({ url, kind, name, width, height, className = 'h-auto w-full' }: Props) {
  const [broken, setBroken] = useState<string>();
  const frame = `picture-well arriving rounded-md ${className}`;
  if (broken === url) {
    return (
      <p className="picture-well grid w-full place-items-center gap-2 rounded-md px-4 py-16 text-center text-soft">
        <ImageOff aria-hidden size={28} />
        The file could not be shown here. It may have been removed.
      </p>
    );
  }
  const size = { width, height };
  if (kind === 'video')
    return <video src={url} {...size} controls loop muted playsInline aria-label={name} className={frame} />;
  return (
    <img src={url} alt={name} {...size} decoding="async" className={frame} onError={() => setBroken(url)} />
  );
}
