// The actor that proves the way there and back: it returns its payload.
import { defineActor } from './actor.ts';

export const echo = defineActor({
  name: 'echo',
  description: 'Returns its payload.',
  tags: ['demo'],
  input: { type: 'object' },
  execute: payload => payload,
});
