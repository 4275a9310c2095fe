// Prints of a source picture: a filter in the colours that the prompt asks for.
import type { GenerationRequest, GenerationResult, ProducedFile } from '../../provider.ts';
import { chooseFilter } from '../choose.ts';
import { type FilterStep, filterSteps } from '../filters.ts';
import { createPace, type Pace } from '../pace.ts';
import { type Canvas, encode, openCanvas } from '../paint.ts';
import { choosePalette } from '../palettes.ts';
import { studioParams } from '../params.ts';
import { randomFrom } from '../random.ts';
import { labelOf, numbersTo, readParams, readSource } from './request.ts';

/** Prints the source picture anew, as often as was asked for, each time in other colours. */
export async function img2img(request: GenerationRequest): Promise<GenerationResult> {
  const { num_images, duration_ms, seed, ...params } = readParams(studioParams.img2img, request);
  const { prompt } = request;
  const filter = chooseFilter(params.filter, prompt, seed);
  const palettes = numbersTo(num_images).map(variation =>
    choosePalette(prompt, randomFrom('print', prompt, seed, variation)),
  );
  const plans = palettes.map(palette => filterSteps(filter, palette));
  const pace = createPace(request, plans.flat().length + num_images + 1, duration_ms);
  const source = await pace.step('Looking at the picture', () => readSource(request, params, 2048));
  const files: ProducedFile[] = [];
  for (const [index, plan] of plans.entries()) {
    files.push({ bytes: await print(source, plan, pace, labelOf('Print', index, num_images)) });
  }
  const raw_response = { seed, filter, palettes: palettes.map(({ name }) => name) };
  return { urls: [], files, raw_response, provider_task_id: null };
}

async function print(
  source: Canvas,
  plan: FilterStep[],
  pace: Pace,
  label: (message: string) => string,
): Promise<Buffer> {
  let canvas = source;
  for (const { message, apply } of plan) canvas = await pace.step(label(message), () => apply(canvas));
  return pace.step(label('Drying the print'), () => encode(openCanvas(canvas).webp({ quality: 92 })));
}
