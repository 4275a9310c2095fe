// The few SVG shapes the studio draws with. Everything that gets in is a number or one of our own colours: words of a
// prompt are outlines of letters (`letters.ts`) long before they come here, never text or markup.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A number as SVG writes it; two decimals are far below a pixel. */
export const num = (value: number): string => String(Math.round(value * 100) / 100);

const attributes = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${num(value)}"`)
    .join(' ');

export const rect = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect ${attributes({ x, y, width, height })} fill="${fill}"/>`;

export const circle = (cx: number, cy: number, r: number, fill: string): string =>
  `<circle ${attributes({ cx, cy, r })} fill="${fill}"/>`;

export const path = (d: string, fill: string): string => `<path d="${d}" fill="${fill}"/>`;

export const polygon = (points: readonly (readonly [number, number])[], fill: string): string =>
  path(`M${points.map(([x, y]) => `${num(x)} ${num(y)}`).join('L')}Z`, fill);

/** A slice of a ring around a centre; angles in turns, clockwise from the right. */
export function ring(cx: number, cy: number, inner: number, outer: number, from: number, to: number): string {
  const at = (radius: number, turn: number) =>
    `${num(cx + radius * Math.cos(turn * 2 * Math.PI))} ${num(cy + radius * Math.sin(turn * 2 * Math.PI))}`;
  const large = to - from > 0.5 ? 1 : 0;
  const arc = (radius: number, sweep: number, turn: number) =>
    `A${num(radius)} ${num(radius)} 0 ${large} ${sweep} ${at(radius, turn)}`;
  const back = inner > 0 ? `L${at(inner, to)}${arc(inner, 0, from)}` : `L${num(cx)} ${num(cy)}`;
  return `M${at(outer, from)}${arc(outer, 1, to)}${back}Z`;
}

/** An outline at a place and a scale. */
export interface Placed {
  shape: string;
  x: number;
  y: number;
  scale: number;
}

/** Many outlines of which many are alike (letters): each is written once and used by number. `name` is unique in its document. */
export function outlines(name: string, placed: readonly Placed[], fill: string): string {
  const numbers = new Map(
    [...new Set(placed.map(({ shape }) => shape))].map((shape, index) => [shape, index]),
  );
  const shapes = [...numbers].map(([shape, index]) => `<path id="${name}${index}" d="${shape}"/>`);
  const uses = placed.map(({ shape, x, y, scale }) => {
    return `<use href="#${name}${numbers.get(shape)}" transform="translate(${num(x)} ${num(y)}) scale(${scale.toFixed(5)})"/>`;
  });
  return `<defs>${shapes.join('')}</defs><g fill="${fill}">${uses.join('')}</g>`;
}

/** What is inside `box`, cut at its edges. */
export function clipped(box: Box, content: string): string {
  const { x, y, width, height } = box;
  return `<clipPath id="c"><rect ${attributes({ x, y, width, height })}/></clipPath><g clip-path="url(#c)">${content}</g>`;
}

/** A whole document, ready for sharp. */
export function svgDocument(width: number, height: number, content: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`,
  );
}

/** A swing back and forth that is 0 at time 0 and again at time 1. */
export const sway = (time: number, phase: number): number =>
  Math.sin(2 * Math.PI * (time + phase)) - Math.sin(2 * Math.PI * phase);
