// The answers of Leonardo's REST API v1 as far as they are used. Lenient: a field more, a new status or a fraction where a
// whole number was must not lose a job that is paid for.
import { z } from 'zod';

const amount = z.union([z.string(), z.number()]).pipe(z.coerce.number());

/** What a job costs; an amount that cannot be read is none. */
const cost = z
  .looseObject({ amount, unit: z.string() })
  .transform(({ amount, unit }) => ({ amount, unit }))
  .nullish()
  .catch(null);

const job = z
  .looseObject({ generationId: z.string().min(1), cost, apiCreditCost: amount.nullish().catch(null) })
  .transform(({ generationId, cost, apiCreditCost }) => ({
    external_id: generationId,
    // The second one is the older, which Leonardo is giving up.
    cost: cost ?? (apiCreditCost == null ? null : { amount: apiCreditCost, unit: 'CREDITS' }),
  }));

/** POST /generations */
export const pictureJob = z.looseObject({ sdGenerationJob: job }).transform(answer => answer.sdGenerationJob);

/** POST /generations-image-to-video */
export const filmJob = z
  .looseObject({ motionVideoGenerationJob: job })
  .transform(answer => answer.motionVideoGenerationJob);

const image = z.looseObject({
  id: z.string().nullish(),
  url: z.string().nullish(),
  motionMP4URL: z.string().nullish(),
});

const generation = z.looseObject({
  status: z.string().nullish(),
  generated_images: z.array(image).nullish(),
});

export type Generation = z.output<typeof generation>;

/** GET /generations/{id}; null for one that it does not know. */
export const oneGeneration = z.looseObject({ generations_by_pk: generation.nullable() });

/** GET /generations/user/{userId} */
export const generationList = z.looseObject({
  generations: z.array(
    z.looseObject({
      id: z.string().nullish(),
      prompt: z.string().nullish(),
      seed: z.number().nullish(),
      createdAt: z.string().nullish(),
    }),
  ),
});

export type Listed = z.output<typeof generationList>['generations'][number];

/** GET /me */
export const account = z.looseObject({
  user_details: z
    .array(
      z.looseObject({
        user: z.looseObject({ id: z.string().min(1) }),
        apiConcurrencySlots: z.number().nullish(),
      }),
    )
    .min(1),
});

/** POST /init-image; `fields` is JSON in a string. */
export const initImage = z.looseObject({
  uploadInitImage: z.looseObject({ id: z.string().min(1), fields: z.string(), url: z.string() }),
});
