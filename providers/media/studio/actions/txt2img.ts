// Posters of a prompt, each painted layer by layer.
import { setImmediate as turn } from 'node:timers/promises';
import type { GenerationRequest, GenerationResult, ProducedFile } from '../../provider.ts';
import { createPace, type Pace } from '../pace.ts';
import { blankCanvas, encode, openCanvas, paintLayer } from '../paint.ts';
import { studioParams } from '../params.ts';
import { type Poster, planPoster } from '../poster.ts';
import { labelOf, numbersTo, readParams } from './request.ts';

/** Draws the posters that were asked for. */
export async function txt2img(request: GenerationRequest): Promise<GenerationResult> {
  const { num_images, duration_ms, ...rest } = readParams(studioParams.txt2img, request);
  const posters: Poster[] = [];
  for (const variation of numbersTo(num_images)) {
    posters.push(planPoster({ prompt: request.prompt, variation, ...rest }));
    // Setting a page of text takes some 30 ms: others get their turn in between.
    await turn();
  }
  const pace = createPace(
    request,
    posters.reduce((sum, poster) => sum + stepsOf(poster), 0),
    duration_ms,
  );
  const files: ProducedFile[] = [];
  for (const [index, poster] of posters.entries()) {
    files.push({ bytes: await printPoster(poster, pace, labelOf('Poster', index, num_images)) });
  }
  const palettes = posters.map(({ palette }) => palette.name);
  return { urls: [], files, raw_response: { seed: rest.seed, palettes }, provider_task_id: null };
}

const layersOf = (poster: Poster) => [...poster.picture(0), ...poster.words];
const stepsOf = (poster: Poster) => layersOf(poster).length + 1;

async function printPoster(poster: Poster, pace: Pace, label: (message: string) => string): Promise<Buffer> {
  let canvas = await blankCanvas(poster.width, poster.height, poster.palette.paper);
  for (const layer of layersOf(poster)) {
    canvas = await pace.step(label(layer.message), () => paintLayer(canvas, layer));
  }
  return pace.step(label('Printing'), () => encode(openCanvas(canvas).png({ compressionLevel: 9 })));
}
