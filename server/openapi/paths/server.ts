// The server itself: sessions of the page, its health, its figures, its description.
import { z } from 'zod';
import { loginSchema } from '../../routes/session.ts';
import type { Resource } from '../operation.ts';
import { health, readiness, session } from '../shapes/server.ts';

export const sessionPaths: Resource = {
  tag: 'Session',
  description: 'How a browser gets a cookie in place of a key.',
  operations: {
    'GET /api/session': {
      id: 'getSession',
      needsNothing: true,
      summary: 'Who this browser speaks for',
      answers: { 200: { description: 'The session', schema: session } },
      problems: [401],
    },
    'POST /api/session': {
      id: 'openSession',
      needsNothing: true,
      summary: 'Log a browser in with a key',
      body: loginSchema,
      answers: { 200: { description: 'A cookie is set', schema: session } },
      problems: [401],
    },
    'DELETE /api/session': {
      id: 'closeSession',
      needsNothing: true,
      summary: 'Log a browser out',
      answers: { 204: { description: 'The cookie is gone' } },
    },
  },
};

export const serverPaths: Resource = {
  tag: 'Server',
  description: 'For whoever watches over it.',
  operations: {
    'GET /healthz': {
      id: 'getHealth',
      needsNothing: true,
      summary: 'Whether this process lives',
      answers: { 200: { description: 'It does', schema: health } },
    },
    'GET /readyz': {
      id: 'getReadiness',
      summary: 'Whether it should get requests',
      answers: {
        200: { description: 'It should', schema: readiness },
        503: { description: 'It should not, and why', schema: readiness },
      },
    },
    'GET /metrics': {
      id: 'getMetrics',
      needsNothing: true,
      summary: 'Figures for Prometheus',
      answers: { 200: { description: 'Text of Prometheus', type: 'text/plain' } },
    },
    'GET /openapi.json': {
      id: 'getDescription',
      summary: 'This document, with the schemas of the actors that are published now',
      headers: { 'If-None-Match': 'An `ETag` of before' },
      answers: {
        200: {
          description: 'OpenAPI 3.1',
          schema: z.looseObject({ openapi: z.string() }),
          headers: ['ETag'],
        },
        304: { description: 'It has not changed', headers: ['ETag'] },
      },
    },
    'GET /docs': {
      id: 'getDocs',
      needsNothing: true,
      summary: 'A page for this document',
      answers: { 200: { description: 'The page', type: 'text/html' } },
    },
    'GET /docs/:file': {
      id: 'getDocsFile',
      needsNothing: true,
      summary: 'A file of that page',
      answers: { 200: { description: 'The file', type: '*/*' } },
      problems: [404],
    },
  },
};
