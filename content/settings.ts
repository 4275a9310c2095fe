// The variables that say where media are kept: the same for every program of a queue.
import { z } from 'zod';
import { storeProblem } from './stores/choose.ts';

export const storeVariables = {
  CONTENT_STORE: z
    .string()
    .superRefine((text, context) => {
      const problem = storeProblem(text);
      if (problem !== null) context.addIssue(problem);
    })
    .default('gridfs')
    .describe('Where media are kept: gridfs, file:<folder> or s3://<bucket>/<prefix>'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional()
    .describe("Address of an S3 service other than Amazon's"),
};
