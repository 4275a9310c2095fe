// What tasks produce: media, how they were made, artifacts; and the interactions that media are made for.
import { z } from 'zod';
import { listQuery as artifactsQuery, expandQuery } from '../../routes/artifacts.ts';
import { contentsQuery, generationsQuery } from '../../routes/contents.ts';
import { subActionSchema } from '../../routes/interactions.ts';
import { mediaQuery } from '../../routes/media.ts';
import { uploadQuery } from '../../routes/uploads.ts';
import { onceHeader, type Resource } from '../operation.ts';
import { artifact, artifactTree, content, generation } from '../shapes/record.ts';
import { anyObject, pageOf } from '../shapes/task.ts';

const interaction = z.object({ workflow_run_id: z.string(), interaction_id: z.string() });
const bytes = 'image/*';

export const mediaPaths: Resource = {
  tag: 'Media',
  description: 'Pictures and films: uploaded, or made by tasks.',
  operations: {
    'POST /api/v1/contents': {
      id: 'uploadPicture',
      summary: 'Store a picture of at most 32 MiB',
      query: uploadQuery,
      body: { type: bytes },
      answers: { 201: { description: 'Its record', schema: content, headers: ['Location'] } },
    },
    'GET /api/v1/contents': {
      id: 'listContents',
      summary: 'List the media of a run, newest first',
      query: contentsQuery,
      answers: { 200: { description: 'A page of records', schema: pageOf(content) } },
    },
    'GET /api/v1/contents/:id': {
      id: 'getContent',
      summary: 'Read the record of a picture or film',
      answers: { 200: { description: 'The record', schema: content } },
      problems: [404],
    },
    'GET /workflow/:run/media/:file': {
      id: 'getMedia',
      summary: 'Get the bytes of a picture or film',
      query: mediaQuery,
      headers: {
        Range: 'Which bytes',
        'If-Range': 'Only of this `ETag`',
        'If-None-Match': 'An `ETag` of before',
      },
      answers: {
        200: { description: 'All of it', type: '*/*', headers: ['ETag', 'Accept-Ranges'] },
        206: { description: 'A part of it', type: '*/*', headers: ['ETag', 'Content-Range'] },
        304: { description: 'It never changes', headers: ['ETag'] },
      },
      problems: [404, 416, 422],
    },
    'GET /api/v1/generations': {
      id: 'listGenerations',
      summary: 'List how media were made, newest first',
      description: 'Say `workflow_run_id`, `status`, or both.',
      query: generationsQuery,
      answers: { 200: { description: 'A page of generations', schema: pageOf(generation) } },
    },
    'GET /api/v1/generations/:id': {
      id: 'getGeneration',
      summary: 'Read how media were made',
      answers: { 200: { description: 'The generation', schema: generation } },
      problems: [404],
    },
  },
};

export const artifactPaths: Resource = {
  tag: 'Artifacts',
  description: 'What tasks keep besides their results, in trees.',
  operations: {
    'GET /api/v1/artifacts': {
      id: 'listArtifacts',
      summary: 'List the artifacts below one, or of a task, newest first',
      description: 'Say either `parent` or `task_id`.',
      query: artifactsQuery,
      answers: { 200: { description: 'A page of artifacts', schema: pageOf(artifact) } },
    },
    'GET /api/v1/artifacts/:id': {
      id: 'getArtifact',
      summary: 'Read an artifact',
      answers: { 200: { description: 'The artifact', schema: artifact } },
      problems: [404],
    },
    'GET /api/v1/artifacts/:id/$expand': {
      id: 'expandArtifact',
      summary: 'Read an artifact with all below it',
      query: expandQuery,
      answers: {
        200: {
          description: 'The tree; `truncated`: there is more below than was asked for',
          schema: artifactTree.extend({ truncated: z.boolean() }),
        },
      },
      problems: [404],
      aliases: ['/api/v1/artifacts/:id/%24expand'],
    },
  },
};

const subAction = '/workflow/:run/interaction/:id/sub-action';

export const interactionPaths: Resource = {
  tag: 'Interactions',
  description: 'Places in a workflow run from which people ask for media.',
  operations: {
    'PUT /api/workflow/:run/interaction/:id': {
      id: 'putInteraction',
      summary: 'Make or replace an interaction: any object',
      body: anyObject,
      answers: {
        200: { description: 'It is replaced', schema: interaction },
        201: { description: 'It is made', schema: interaction },
      },
    },
    [`POST /api${subAction}`]: {
      id: 'startSubAction',
      summary: 'Ask for media from an interaction: a `media` task of its run',
      headers: onceHeader,
      body: subActionSchema,
      answers: {
        202: {
          description: 'The task is stored',
          schema: z.object({ task_id: z.string() }),
          headers: ['Location', 'Retry-After', 'Idempotent-Replayed'],
        },
      },
      problems: [404],
      aliases: [subAction],
    },
  },
};
