// The two tabs over one payload, where problems stand, and which fields come first.
import { expect, test } from 'vitest';
import { formReducer, placeProblems, problemsFromServer, startForm } from '../../webui/parts/form/form.ts';
import { layOut } from '../../webui/parts/form/layout.ts';
import { startingPayload } from '../../webui/parts/form/payload.ts';
import { profileOf } from '../../webui/parts/form/profile.ts';
import { readSchema } from '../../webui/parts/form/schema.ts';
import { byAction } from './support/schemas.ts';

const root = readSchema(byAction);
const profile = profileOf({ name: 'media' });
const started = () => startForm(startingPayload(root, {}));
const pointers = (fields: { pointer: string }[]) => fields.map(field => field.pointer);

test('an edit in the form is in the JSON, and JSON that can be read is in the form', () => {
  const edited = formReducer(started(), {
    type: 'edit',
    root,
    profile,
    pointer: '/params/prompt',
    value: 'a kite',
  });
  expect(JSON.parse(edited.text)).toEqual(edited.payload);
  const written = formReducer(edited, { type: 'write', text: '{"params": {"prompt": "a barn"}}' });
  expect(written.payload).toEqual({ params: { prompt: 'a barn' } });
  expect(written.text).toBe('{"params": {"prompt": "a barn"}}');
});

test('JSON that cannot be read leaves the payload alone and keeps its tab until it is mended', () => {
  const open = formReducer(started(), { type: 'show', tab: 'json' });
  const broken = formReducer(open, { type: 'write', text: '{' });
  expect(broken.payload).toEqual(open.payload);
  expect(broken.textProblem).toMatch(/not JSON yet/);
  expect(formReducer(broken, { type: 'show', tab: 'form' }).tab).toBe('json');
  const mended = formReducer(broken, { type: 'write', text: '{}' });
  expect(formReducer(mended, { type: 'show', tab: 'form' }).tab).toBe('form');
});

test('a payload that is no object is refused', () => {
  expect(formReducer(started(), { type: 'write', text: '[1]' }).textProblem).toMatch(/must be an object/);
});

test('a problem goes when its field is edited, the others stay', () => {
  const problems = [
    { pointer: '/params/prompt', detail: 'is missing' },
    { pointer: '/params/width', detail: 'is odd' },
  ];
  const refused = formReducer(started(), { type: 'refuse', problems });
  const edited = formReducer(refused, { type: 'edit', root, profile, pointer: '/params/prompt', value: 'x' });
  expect(edited.problems).toEqual([problems[1]]);
});

test('the server’s pointers lose the body’s own part', () => {
  expect(
    problemsFromServer([
      { pointer: '/payload/params/prompt', detail: 'is missing' },
      { pointer: '/payload', detail: 'is odd' },
      { pointer: '/priority', detail: 'is high' },
    ]).map(problem => problem.pointer),
  ).toEqual(['/params/prompt', '', 'body:/priority']);
});

test('a problem stands at its field, or at the field around it, or in the summary', () => {
  const payload = startingPayload(root, {});
  const problems = [
    { pointer: '/params/prompt', detail: 'is missing' },
    { pointer: '/params/prompt', detail: 'is short' },
    { pointer: '/params/source_image', detail: 'is not a known field' },
    { pointer: '', detail: 'is odd' },
    { pointer: 'body:/priority', detail: 'is high' },
    { pointer: '/provider/0', detail: 'is deep' },
  ];
  const { atField, elsewhere } = placeProblems(root, payload, problems);
  expect([...atField]).toEqual([
    ['/params/prompt', 'is missing'],
    ['/provider', 'is deep'],
  ]);
  expect(elsewhere.map(problem => problem.detail)).toEqual([
    'is short',
    'is not a known field',
    'is odd',
    'is high',
  ]);
});

test('the prompt of a picture comes first, and every field is there exactly once', () => {
  const { lead, main, more } = layOut(root, startingPayload(root, {}), profile);
  expect(pointers(lead)).toEqual(['/params/prompt']);
  expect(pointers(main)).toEqual(['/action_type', '/provider', '/params/width']);
  expect(pointers(more)).toEqual(['/params/seed']);
});

test('what an unknown actor takes is all in sight', () => {
  const plain = readSchema({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } });
  const { lead, main, more } = layOut(plain, {}, profileOf({ name: 'sweeper' }));
  expect([lead.length, pointers(main), more.length]).toEqual([0, ['/a', '/b'], 0]);
});

test('a field that must be filled in is never folded away', () => {
  const schema = readSchema({
    type: 'object',
    required: ['run', 'preset'],
    properties: {
      run: { type: 'string' },
      preset: { type: 'string', default: 'x' },
      spare: { type: 'string' },
    },
  });
  const { main, more } = layOut(schema, {}, { lead: [], main: [], more: [], only: {} });
  expect(pointers(main)).toEqual(['/run']);
  expect(pointers(more)).toEqual(['/preset', '/spare']);
});

test('what means something only for a film is not shown for a picture, and goes with the choice of a picture', () => {
  const film = startingPayload(root, { action_type: 'img2vid', params: { prompt: 'x', motion: 'zoom' } });
  const shown = (payload: typeof film) => pointers(layOut(root, payload, profile).main);
  expect(shown(film)).toContain('/params/motion');
  const state = formReducer(startForm(film), {
    type: 'edit',
    root,
    profile,
    pointer: '/action_type',
    value: 'txt2img',
  });
  expect(shown(state.payload)).not.toContain('/params/motion');
  expect(state.payload.params).toEqual({ prompt: 'x' });
});
