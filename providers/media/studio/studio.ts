// The provider that needs no key: it draws here, with sharp. The same request always gives the same picture.
// What draws is loaded with the first picture: it takes 50 MB, which a worker that draws nothing need not hold.
import type { GenerationRequest, GenerationResult, MediaProvider } from '../provider.ts';
import { studioParams } from './params.ts';

export class StudioProvider implements MediaProvider {
  readonly params = studioParams;

  /** Posters of the prompt, as PNG. */
  async txt2img(request: GenerationRequest): Promise<GenerationResult> {
    const { txt2img } = await import('./actions/txt2img.ts');
    return txt2img(request);
  }

  /** The source picture printed anew, as WebP. */
  async img2img(request: GenerationRequest): Promise<GenerationResult> {
    const { img2img } = await import('./actions/img2img.ts');
    return img2img(request);
  }

  /** A loop over the source picture, or of the poster's own shapes, as animated WebP. */
  async img2vid(request: GenerationRequest): Promise<GenerationResult> {
    const { img2vid } = await import('./actions/img2vid.ts');
    return img2vid(request);
  }
}
