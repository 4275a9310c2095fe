// Pictures made of circles: rings that turn, discs that overlap, a fan of rays.
import type { Random } from '../random.ts';
import { type Box, circle, path, ring, sway } from '../svg.ts';
import type { Draw, Layer } from './art.ts';

const layer = (svg: string, message: string, blend: Layer['blend'] = 'over'): Layer => ({
  svg,
  blend,
  message,
});

/** Rings that grow outwards and turn in eighths, as on a concert bill of the fifties. */
export const arcs: Draw = (box, { inks }, random, time) => {
  const unit = Math.min(box.width, box.height) / random.int(15, 20);
  const [cx, cy] = anchor(box, random);
  const reach = Math.hypot(box.width, box.height);
  const main = random.pick(inks);
  const layers: Layer[] = [];
  for (let inner = unit * 1.6, index = 0; inner < reach && index < 7; index++) {
    const width = unit * 0.75 * 1.42 ** index;
    const from = random.int(0, 7) / 8 + 0.09 * sway(time, index * 0.37);
    const fill = random.chance(0.3) ? random.pick(inks) : main;
    const pieces = arcPieces(from, random).map(([a, b]) =>
      path(ring(cx, cy, inner, inner + width, a, b), fill),
    );
    layers.push(layer(pieces.join(''), `Turning ring ${index + 1}`));
    inner += width + unit * 0.45;
  }
  layers.push(layer(circle(cx, cy, unit * 1.15, random.pick(inks)), 'Marking the centre'));
  return layers;
};

function arcPieces(from: number, random: Random): [number, number][] {
  const span = random.int(2, 5) / 8;
  if (random.chance(0.55)) return [[from, from + span]];
  return [
    [from, from + span],
    [from + span + 1 / 16, from + span + 3 / 16],
  ];
}

function anchor(box: Box, random: Random): [number, number] {
  const [fx, fy] = random.pick([
    [0.5, 0.5],
    [0.3, 0.62],
    [0.7, 0.4],
    [0.66, 0.66],
    [0.24, 0.3],
  ] as const);
  return [box.x + fx * box.width, box.y + fy * box.height];
}

/** Three or four large discs whose colours mix where they meet. */
export const discs: Draw = (box, { inks, blend }, random, time) => {
  const size = Math.min(box.width, box.height);
  const count = random.int(3, 4);
  const start = random.between(0, 1);
  const middle = [box.x + box.width / 2, box.y + box.height / 2] as const;
  const layers = Array.from({ length: count }, (_, index) => {
    const angle = (start + index / count + 0.08 * sway(time, index * 0.29)) * 2 * Math.PI;
    const radius = size * random.between(0.24, 0.38);
    const cx = middle[0] + Math.cos(angle) * (box.width / 2 - radius) * random.between(0.6, 0.94);
    const cy = middle[1] + Math.sin(angle) * (box.height / 2 - radius) * random.between(0.6, 0.94);
    const disc = circle(cx, cy, radius, inks[index % inks.length]!);
    return layer(disc, `Printing disc ${index + 1} of ${count}`, blend);
  });
  const dot = circle(
    box.x + box.width * random.between(0.12, 0.88),
    box.y + box.height * random.pick([0.16, 0.84]),
    size * 0.045,
    inks[0]!,
  );
  return [...layers, layer(dot, 'Setting the dot')];
};

/** Rays from a corner or an edge, with a half sun at their root. */
export const fan: Draw = (box, { inks, ground }, random, time) => {
  const rays = random.int(9, 15);
  const [fx, from, to] = random.pick([
    [0, -0.25, 0],
    [1, -0.5, -0.25],
    [0.5, -0.5, 0],
  ] as const);
  const [cx, cy] = [box.x + fx * box.width, box.y + box.height];
  const reach = Math.hypot(box.width, box.height);
  const size = Math.min(box.width, box.height);
  const step = (to - from) / rays;
  const [first, second] = random.shuffle(inks);
  const drawRays = (odd: number, fill: string) =>
    Array.from({ length: rays + 8 }, (_, index) => index - 4)
      .filter(index => (index + 4) % 4 === odd)
      .map(index => index + 4 * time)
      .map(at => path(ring(cx, cy, size * 0.38, reach, from + at * step, from + (at + 1) * step), fill))
      .join('');
  return [
    layer(drawRays(0, first!), 'Opening the fan'),
    layer(drawRays(2, second!), 'Opening it further'),
    layer(circle(cx, cy, size * 0.33, inks[random.int(0, inks.length - 1)]!), 'Lighting the sun'),
    layer(circle(cx, cy, size * 0.19, ground), 'Cutting it out'),
    layer(circle(cx, cy, size * 0.1, second!), 'Marking the centre'),
  ];
};
