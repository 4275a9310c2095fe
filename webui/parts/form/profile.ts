// How the page speaks of actors it knows: words, ideas, and which fields come first. An unknown actor needs none of it.
import type { Actor, JsonObject } from '../../../client/index.ts';
import { valueAt, withValueAt } from './pointer.ts';

export type Profile = {
  title: string;
  button: string;
  /** Pointers of the fields shown large, first of all. */
  lead: readonly string[];
  /** Pointers shown next; every other field that is not required waits behind “More settings”. Null shows all. */
  main: readonly string[] | null;
  /** Pointers of those that come first behind “More settings”, out of whatever object they are in. */
  more: readonly string[];
  /** Texts offered for the first lead field. */
  ideas: readonly string[];
  /** Better names than the schema's, by pointer, and for a choice by pointer and value: `/action_type=txt2img`. */
  words: Readonly<Record<string, string>>;
  /** Pointers of fields that need no further explanation. */
  plain: readonly string[];
  /** Pointers of fields that mean something only for some values of another: `[pointer of that one, its values]`. */
  only: Readonly<Record<string, readonly [pointer: string, values: readonly string[]]>>;
  /** What the payload starts with. */
  start: JsonObject;
};

const MEDIA: Profile = {
  title: 'Ask for a picture',
  button: 'Make it',
  lead: ['/params/prompt'],
  main: [
    '/action_type',
    '/provider',
    '/params/source_image',
    '/params/width',
    '/params/height',
    '/params/num_images',
    '/params/filter',
    '/params/motion',
    '/params/frames',
  ],
  more: ['/params/seed', '/params/duration_ms'],
  ideas: [
    'A lighthouse in the fog, seen from the sea',
    'Night shoot: rain on an empty boulevard',
    'A red kite over terraced hills at noon',
    'Still life with film cans and a telephone',
  ],
  words: {
    '/params/prompt': 'What should be in it?',
    '/action_type': 'Kind',
    '/action_type=txt2img': 'Picture',
    '/action_type=img2img': 'Picture from a picture',
    '/action_type=img2vid': 'Moving picture',
    '/params/num_images': 'How many',
    '/params/source_image': 'Picture to start from',
    '/params/filter': 'Filter',
    '/params/motion': 'Motion',
    '/params/frames': 'Frames',
  },
  plain: [
    '/params/prompt',
    '/action_type',
    '/provider',
    '/params/width',
    '/params/height',
    '/params/num_images',
    '/params/source_image',
  ],
  only: {
    '/params/num_images': ['/action_type', ['txt2img', 'img2img']],
    '/params/source_image': ['/action_type', ['img2img', 'img2vid']],
    '/params/filter': ['/action_type', ['img2img']],
    '/params/motion': ['/action_type', ['img2vid']],
    '/params/frames': ['/action_type', ['img2vid']],
  },
  start: { provider: 'studio', action_type: 'txt2img' },
};

const OTHERS: Record<string, Partial<Profile>> = {
  echo: { title: 'Send something and get it back', button: 'Send it' },
  sleep: { title: 'Let a task take its time', button: 'Start it' },
  shell: { title: 'Run a command', button: 'Run it' },
};

/** How to speak of the actor. */
export function profileOf(actor: Pick<Actor, 'name'>): Profile {
  if (actor.name === 'media') return MEDIA;
  const plain: Profile = {
    title: `Start “${actor.name}”`,
    button: 'Start it',
    lead: [],
    main: null,
    more: [],
    ideas: [],
    words: {},
    plain: [],
    only: {},
    start: {},
  };
  return Object.hasOwn(OTHERS, actor.name) ? { ...plain, ...OTHERS[actor.name] } : plain;
}

/** Whether the field at the pointer means anything for this payload. */
export function isMeant({ only }: Pick<Profile, 'only'>, payload: JsonObject, pointer: string): boolean {
  const condition = Object.hasOwn(only, pointer) ? only[pointer] : undefined;
  return condition === undefined || condition[1].some(value => value === valueAt(payload, condition[0]));
}

/** The payload without what means nothing for it: nothing is sent that the form does not show. */
export function dropUnmeant(profile: Pick<Profile, 'only'>, payload: JsonObject): JsonObject {
  const idle = Object.keys(profile.only).filter(pointer => !isMeant(profile, payload, pointer));
  return idle.reduce(
    (kept, pointer) => (valueAt(kept, pointer) === undefined ? kept : withValueAt(kept, pointer, undefined)),
    payload,
  );
}
