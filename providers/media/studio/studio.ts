// The provider that needs no key: it draws here, with sharp. The same request always gives the same picture.
import type { GenerationRequest, GenerationResult, MediaProvider } from '../provider.ts';
import { img2img } from './actions/img2img.ts';
import { img2vid } from './actions/img2vid.ts';
import { txt2img } from './actions/txt2img.ts';
import { studioParams } from './params.ts';

export class StudioProvider implements MediaProvider {
  readonly params = studioParams;

  /** Posters of the prompt, as PNG. */
  txt2img(request: GenerationRequest): Promise<GenerationResult> {
    return txt2img(request);
  }

  /** The source picture printed anew, as WebP. */
  img2img(request: GenerationRequest): Promise<GenerationResult> {
    return img2img(request);
  }

  /** A loop over the source picture, or of the poster's own shapes, as animated WebP. */
  img2vid(request: GenerationRequest): Promise<GenerationResult> {
    return img2vid(request);
  }
}
