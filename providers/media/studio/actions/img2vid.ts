// A loop of frames over a source picture, or of a poster's own shapes.
import type { z } from 'zod';
import type { GenerationRequest, GenerationResult } from '../../provider.ts';
import { chooseMotion } from '../choose.ts';
import { cameraOver, encodeFilm, type FrameAt, movingPoster } from '../films.ts';
import { createPace } from '../pace.ts';
import type { Canvas } from '../paint.ts';
import { type Motion, studioParams } from '../params.ts';
import { planPoster } from '../poster.ts';
import { numbersTo, readParams, readSource } from './request.ts';

const mostPixels = 1024;
const frameMs = 90;

/** Draws a loop of frames and joins them to one film. */
export async function img2vid(request: GenerationRequest): Promise<GenerationResult> {
  const params = readParams(studioParams.img2vid, request);
  const { frames, duration_ms, seed } = params;
  const motion = chooseMotion(params.motion, request.prompt, seed);
  // Joining the frames takes about half as long as drawing them.
  const joining = frames / 2;
  const pace = createPace(request, 1 + frames + joining, duration_ms);
  const frameAt = await pace.step('Loading the camera', () => openFilm(request, params, motion));
  const shots: Canvas[] = [];
  for (const index of numbersTo(frames)) {
    shots.push(await pace.step(`Frame ${index + 1} of ${frames}`, () => frameAt(index / frames)));
  }
  const bytes = await pace.step('Joining the frames', () => encodeFilm(shots, frameMs), joining);
  const raw_response = { seed, frames, motion: request.source_image ? motion : 'shapes' };
  return { urls: [], files: [{ bytes }], raw_response, provider_task_id: null };
}

async function openFilm(
  request: GenerationRequest,
  { width, height, seed }: z.output<typeof studioParams.img2vid>,
  motion: Motion,
): Promise<FrameAt> {
  if (request.source_image)
    return cameraOver(await readSource(request, { width, height }, mostPixels), motion);
  const size = { width: width ?? 640, height: height ?? 800 };
  return movingPoster(planPoster({ prompt: request.prompt, seed, variation: 0, ...size }));
}
