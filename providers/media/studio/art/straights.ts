// Pictures made of straight edges: slanted bars, rising columns, a wedge that meets a disc.
import type { Random } from '../random.ts';
import { type Box, circle, polygon, rect, sway } from '../svg.ts';
import type { Draw, Layer } from './art.ts';

const over = (svg: string, message: string): Layer => ({ svg, blend: 'over', message });

/** Slanted bars that widen from edge to edge, and one disc between them. */
export const stripes: Draw = (box, { inks }, random, time) => {
  const lean = random.pick([-1, 1]) * random.between(0.35, 0.9) * box.height;
  const [main, other] = random.shuffle(inks);
  const count = random.int(6, 9);
  const bars = slantedBars(box, count, lean, random.chance(0.5)).map((points, index) =>
    polygon(points, index === Math.floor(count / 2) ? other! : main!),
  );
  const size = Math.min(box.width, box.height);
  const [fx, fy] = [random.between(0.25, 0.75), random.between(0.3, 0.7)];
  const roll = 0.14 * sway(time, 0);
  const sun = circle(
    box.x + box.width * fx + lean * -roll,
    box.y + box.height * (fy + roll),
    size * random.between(0.17, 0.24),
    other!,
  );
  const middle = Math.ceil(count / 2);
  return [
    over(bars.slice(0, middle).join(''), 'Ruling the first bars'),
    over(sun, 'Placing the disc'),
    over(bars.slice(middle).join(''), 'Ruling the last bars'),
  ];
};

function slantedBars(box: Box, count: number, lean: number, grows: boolean): [number, number][][] {
  const reach = box.width + Math.abs(lean);
  const total = (count * (count + 1)) / 2;
  const left = box.x - Math.max(lean, 0);
  let at = left;
  return Array.from({ length: count }, (_, index) => {
    const share = (grows ? index + 1 : count - index) / total;
    const [x, width] = [at, reach * share * 0.62];
    at += reach * share;
    return [
      [x + lean, box.y],
      [x + lean + width, box.y],
      [x + width, box.y + box.height],
      [x, box.y + box.height],
    ];
  });
}

/** Columns of rising height, a disc above them. */
export const stairs: Draw = (box, { inks, ground }, random, time) => {
  const count = random.int(6, 10);
  const step = box.width / count;
  const [main, other] = random.shuffle(inks);
  const rising = random.chance(0.5);
  const heights = Array.from({ length: count }, (_, index) => {
    const part = ((rising ? index : count - 1 - index) + 1) / count;
    return box.height * (0.12 + 0.72 * part ** 1.25 + 0.05 * sway(time, index * 0.13));
  });
  const columns = heights.map((height, index) =>
    rect(
      box.x + index * step,
      box.y + box.height - height,
      step * 0.82,
      height,
      index % 3 === 1 ? other! : main!,
    ),
  );
  const size = Math.min(box.width, box.height);
  const cx = box.x + box.width * (rising ? 0.26 : 0.74);
  const cy = box.y + box.height * 0.34;
  const half = Math.ceil(count / 2);
  return [
    over(columns.slice(0, half).join(''), 'Raising the first columns'),
    over(columns.slice(half).join(''), 'Raising the last columns'),
    over(
      circle(cx, cy, size * 0.2, other!) + (random.chance(0.5) ? circle(cx, cy, size * 0.1, ground) : ''),
      'Hanging the disc',
    ),
  ];
};

/** A wedge drives into a disc; bars fly off. */
export const wedge: Draw = (box, { inks }, random, time) => {
  const size = Math.min(box.width, box.height);
  const left = random.chance(0.5);
  const flip = (fx: number) => box.x + (left ? fx : 1 - fx) * box.width;
  const at = (fx: number, fy: number): [number, number] => [flip(fx), box.y + fy * box.height];
  const [main, other, third = other] = random.shuffle(inks);
  const [cx, cy] = at(0.66, random.between(0.46, 0.56));
  const tip = at(0.66 + 0.07 * sway(time, 0.08), random.between(0.42, 0.56));
  const triangle = polygon(
    [at(-0.02, random.between(-0.05, 0.2)), tip, at(random.between(0.05, 0.2), 1.02)],
    other!,
  );
  return [
    over(circle(cx, cy, size * random.between(0.36, 0.44), main!), 'Drawing the disc'),
    over(triangle, 'Driving the wedge'),
    over(flyingBars(box, third!, left, random, time), 'Scattering bars'),
  ];
};

function flyingBars(box: Box, fill: string, left: boolean, random: Random, time: number): string {
  const slope = left ? 0.16 : -0.16;
  return Array.from({ length: random.int(3, 5) }, (_, index) => {
    const length = box.width * random.between(0.12, 0.3);
    const thick = box.height * random.between(0.012, 0.03);
    const away = box.width * 0.04 * sway(time, index * 0.2);
    const x = box.x + away + box.width * (left ? random.between(0.5, 0.8) : random.between(0, 0.25));
    const y = box.y + box.height * (0.08 + 0.07 * index);
    const rise = slope * length;
    return polygon(
      [
        [x, y],
        [x + length, y + rise],
        [x + length, y + rise + thick],
        [x, y + thick],
      ],
      fill,
    );
  }).join('');
}
