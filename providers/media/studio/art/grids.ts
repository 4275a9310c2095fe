// Pictures made on a grid: a field of dots that swells, and tiles of quarter circles.
import type { Random } from '../random.ts';
import { type Box, circle, num, path, polygon, rect, sway } from '../svg.ts';
import type { Draw, Layer } from './art.ts';

const over = (svg: string, message: string): Layer => ({ svg, blend: 'over', message });

/** Rows of dots that grow and shrink as a wave runs through them; a few of them in another colour. */
export const dots: Draw = (box, { inks }, random, time) => {
  const columns = random.int(11, 17);
  const cell = box.width / columns;
  const rows = Math.max(1, Math.round(box.height / cell));
  const wave = waveOf(random, time);
  const [main, other] = random.shuffle(inks);
  const band = random.between(0.2, 0.8);
  const rowOf = (row: number) =>
    Array.from({ length: columns }, (_, column) => {
      const [u, v] = [(column + 0.5) / columns, (row + 0.5) / rows];
      const fill = Math.abs(u * 0.6 + v * 0.4 - band) < 0.09 ? other! : main!;
      return circle(box.x + u * box.width, box.y + v * box.height, cell * (0.07 + 0.41 * wave(u, v)), fill);
    }).join('');
  const parts = 4;
  return Array.from({ length: parts }, (_, part) => {
    const mine = Array.from({ length: rows }, (_row, row) => row).filter(
      row => Math.floor((row * parts) / rows) === part,
    );
    return over(mine.map(rowOf).join(''), `Screening rows, part ${part + 1} of ${parts}`);
  });
};

/** A smooth field with values in [0, 1]. */
function waveOf(random: Random, time: number): (u: number, v: number) => number {
  const [a, b, phase] = [random.between(-1.1, 1.1), random.between(0.5, 1.2), random.between(0, 1) + time];
  const bend = random.between(0.08, 0.25);
  return (u, v) =>
    0.5 + 0.5 * Math.sin(2 * Math.PI * (a * u + b * v + phase + bend * Math.sin(2 * Math.PI * (u - v))));
}

/** A board of squares, each with a quarter circle, a half circle, a triangle, a disc or nothing. */
export const tiles: Draw = (box, { inks, ground }, random, time) => {
  const target = Math.min(box.width, box.height) / random.int(3, 4);
  const columns = Math.max(1, Math.round(box.width / target));
  const rows = Math.max(1, Math.round(box.height / target));
  return Array.from({ length: rows }, (_, row) => {
    const [y, height] = span(box.y, box.height, row, rows);
    const svg = Array.from({ length: columns }, (_column, column) => {
      const [x, width] = span(box.x, box.width, column, columns);
      const swell = 1 + 0.16 * sway(time, (row + column) * 0.21);
      return tile({ x, y, width, height }, inks, ground, random, swell);
    });
    return over(svg.join(''), `Laying row ${row + 1} of ${rows}`);
  });
};

/** Start and length of a part, at whole pixels: between two squares no line of the ground may show. */
function span(from: number, length: number, index: number, count: number): [number, number] {
  const at = (part: number) => Math.round(from + (part * length) / count);
  return [at(index), at(index + 1) - at(index)];
}

function tile(box: Box, inks: readonly string[], ground: string, random: Random, swell: number): string {
  const colours = random.shuffle([...inks, ground]);
  const [back, front] = [colours[0]!, colours[1]!];
  const square = rect(box.x, box.y, box.width, box.height, back);
  return (
    square +
    random.pick([quarter, quarter, half, triangle, disc, target, plain])({
      box,
      front,
      back,
      turn: random.int(0, 3),
      swell,
    })
  );
}

interface TileRequest {
  box: Box;
  front: string;
  back: string;
  /** The corner it starts from. */
  turn: number;
  /** How large the round ones are just then; 1 in a still picture. */
  swell: number;
}

type Tile = (request: TileRequest) => string;

/** The corners of a box, the one numbered `turn` first. */
function corners({ x, y, width, height }: Box, turn: number): [number, number][] {
  const all: [number, number][] = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
  return [...all.slice(turn), ...all.slice(0, turn)];
}

const quarter: Tile = ({ box, front, turn }) => {
  const [root, next, , last] = corners(box, turn);
  const [rx, ry] = [num(box.width), num(box.height)];
  return path(
    `M${root!.map(num).join(' ')}L${next!.map(num).join(' ')}A${rx} ${ry} 0 0 1 ${last!.map(num).join(' ')}Z`,
    front,
  );
};

const half: Tile = ({ box, front, turn }) => {
  const [from, to] = corners(box, turn);
  const along = turn % 2 === 0 ? box.width / 2 : box.height / 2;
  return path(
    `M${from!.map(num).join(' ')}A${num(along)} ${num(along)} 0 0 0 ${to!.map(num).join(' ')}Z`,
    front,
  );
};

const triangle: Tile = ({ box, front, turn }) => polygon(corners(box, turn).slice(0, 3), front);

const disc: Tile = ({ box, front, swell }) =>
  circle(
    box.x + box.width / 2,
    box.y + box.height / 2,
    Math.min(box.width, box.height) * 0.34 * swell,
    front,
  );

const target: Tile = ({ box, front, back, swell }) => {
  const [cx, cy, size] = [box.x + box.width / 2, box.y + box.height / 2, Math.min(box.width, box.height)];
  return (
    circle(cx, cy, size * 0.5, front) +
    circle(cx, cy, size * 0.3 * swell, back) +
    circle(cx, cy, size * 0.13, front)
  );
};

const plain: Tile = () => '';
