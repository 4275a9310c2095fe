// Actors for the tests in a browser: one that fails, one whose tasks wait for each other.
import { setTimeout as pause } from 'node:timers/promises';

const paint = {
  name: 'paint',
  description: 'Paints until there is no paint left.',
  input: {
    type: 'object',
    required: ['wall'],
    properties: {
      wall: { type: 'string', minLength: 2, description: 'Which wall.' },
      // A form does not know this format; the server does.
      mail: { type: 'string', format: 'email', description: 'Who is told.' },
    },
  },
  retry: { max_retries: 0 },
  async execute({ wall }, { progress }) {
    await progress(10, 'Opening the can', 0.2);
    const error = new Error(`There is no paint left for <b>${wall}</b>`);
    error.name = 'NoPaint';
    throw error;
  },
};

const queueing = {
  name: 'queueing',
  description: 'One at a time, each for as long as it is told.',
  input: { type: 'object', required: ['ms'], properties: { ms: { type: 'integer', minimum: 0 } } },
  concurrency: { limit: 1 },
  async execute({ ms }, { signal }) {
    await pause(ms, undefined, { signal });
    return { waited_ms: ms };
  },
};

export default [paint, queueing];
