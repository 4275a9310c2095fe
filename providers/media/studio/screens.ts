// Printing screens: a picture drawn anew in dots or lines that swell where it is dark.
import { blankCanvas, type Canvas, canvasOf, openCanvas, paintLayer } from './paint.ts';
import { num, path, polygon } from './svg.ts';

/** How dark the picture is (0 to 1) around a point. */
type Darkness = (x: number, y: number) => number;

type Screen = (canvas: Canvas, darkness: Darkness, ink: string) => string;

/** A grey picture as a screen of one ink on paper. */
export async function printScreen(
  canvas: Canvas,
  screen: Screen,
  paper: string,
  ink: string,
): Promise<Canvas> {
  const { width, height } = canvas;
  const cell = cellOf(canvas);
  const small = await canvasOf(
    openCanvas(canvas).resize(Math.ceil(width / cell), Math.ceil(height / cell), { fit: 'fill' }),
  );
  const darkness: Darkness = (x, y) => {
    const column = Math.min(Math.max(Math.floor((x / width) * small.width), 0), small.width - 1);
    const row = Math.min(Math.max(Math.floor((y / height) * small.height), 0), small.height - 1);
    return 1 - small.data[(row * small.width + column) * 3]! / 255;
  };
  const blank = await blankCanvas(width, height, paper);
  return paintLayer(blank, { svg: screen(canvas, darkness, ink), blend: 'over' });
}

/** Size of a screen's cell: about 90 across the shorter side, none smaller than a dot can be. */
const cellOf = (canvas: Canvas): number => Math.max(Math.min(canvas.width, canvas.height) / 90, 4);

/** A screen at 45 degrees; neighbours of full dots overlap, so that black is black. */
export const dots: Screen = (canvas, darkness, ink) => {
  const step = cellOf(canvas) / Math.SQRT2;
  const outlines: string[] = [];
  for (let row = 0; row * step <= canvas.height; row++) {
    for (let x = row % 2 === 0 ? 0 : step; x <= canvas.width; x += step * 2) {
      const dark = darkness(x, row * step);
      // The area grows with the darkness; at the end a little more, until the dots close up.
      const radius = step * (0.8 * Math.sqrt(dark) + 0.22 * dark ** 4);
      if (radius > 0.3) outlines.push(dot(x, row * step, radius));
    }
  }
  return path(outlines.join(''), ink);
};

function dot(x: number, y: number, radius: number): string {
  const [r, across] = [num(radius), num(2 * radius)];
  return `M${num(x - radius)} ${num(y)}a${r} ${r} 0 1 0 ${across} 0a${r} ${r} 0 1 0-${across} 0Z`;
}

/** Rows that swell where the picture is dark, as in an engraving. */
export const lines: Screen = (canvas, darkness, ink) => {
  const pitch = cellOf(canvas) * 1.1;
  const rows = Array.from({ length: Math.ceil(canvas.height / pitch) }, (_, row) => (row + 0.5) * pitch);
  const columns = Array.from(
    { length: Math.ceil(canvas.width / pitch) + 2 },
    (_, column) => (column - 0.5) * pitch,
  );
  const half = (x: number, y: number) => pitch * (0.04 + 0.46 * darkness(x, y));
  return rows
    .map(y => {
      const upper = columns.map(x => [x, y - half(x, y)] as const);
      const lower = columns.map(x => [x, y + half(x, y)] as const);
      return polygon([...upper, ...lower.reverse()], ink);
    })
    .join('');
};
