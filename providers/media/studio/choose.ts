// What "auto" means: the prompt's own words decide, else chance does.
import { type Filter, filters, type Motion, motions } from './params.ts';
import { randomFrom } from './random.ts';

const filterWords: Record<Filter, RegExp> = {
  duotone: /\b(duotone|two[- ]colou?rs?|monochrome)\b/i,
  posterize: /\b(posteri[sz]e|poster|pop[- ]art|flat|warhol)\b/i,
  halftone: /\b(halftone|dots?|comic|newspaper|press|screen)\b/i,
  riso: /\b(riso|risograph|print|zine|misprint)\b/i,
  lines: /\b(lines?|engrav\w*|etching|banknote|stripes)\b/i,
  mosaic: /\b(mosaic|pixels?|pixelat\w*|tiles|8[- ]?bit)\b/i,
  blur: /\b(blur\w*|soft|dreamy?|fog|misty?|haze)\b/i,
};

const motionWords: Record<Motion, RegExp> = {
  zoom: /\b(zoom|closer|near|into|approach\w*)\b/i,
  pan: /\b(pan|sideways|left|right|slide|slides|along)\b/i,
  orbit: /\b(orbit|around|circle|circles|drift\w*|float\w*)\b/i,
};

/** The filter that was asked for, or the one that "auto" gives. */
export function chooseFilter(asked: Filter | 'auto', prompt: string, seed: number): Filter {
  if (asked !== 'auto') return asked;
  return (
    filters.find(filter => filterWords[filter].test(prompt)) ??
    randomFrom('filter', prompt, seed).pick(filters)
  );
}

/** The motion that was asked for, or the one that "auto" gives. */
export function chooseMotion(asked: Motion | 'auto', prompt: string, seed: number): Motion {
  if (asked !== 'auto') return asked;
  return (
    motions.find(motion => motionWords[motion].test(prompt)) ??
    randomFrom('motion', prompt, seed).pick(motions)
  );
}
