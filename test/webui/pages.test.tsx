// @vitest-environment happy-dom
// The pages as a person meets them, without a browser: what is shown, sent, announced and watched.
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { knows, mediaActor, openApp } from './support/app.tsx';
import { aTask } from './support/task.ts';

const id = aTask().task_id;
const prompt = () => screen.findByLabelText(/What should be in it/);
const make = () => screen.getByRole('button', { name: 'Make it' });

test('a newcomer finds a prompt, the studio and one button, and one click on an idea and on it makes a picture', async () => {
  const app = openApp('/', { ...knows(aTask()), 'POST /api/task': { status: 202, body: { task_id: id } } });
  expect(await screen.findByRole('heading', { level: 1, name: 'Ask for a picture' })).toBeTruthy();
  const provider = await screen.findByLabelText<HTMLSelectElement>(/Provider/);
  expect(provider.selectedOptions[0]?.textContent).toBe('studio');
  fireEvent.click(screen.getByRole('button', { name: /lighthouse in the fog/ }));
  fireEvent.click(make());
  await waitFor(() => expect(window.location.pathname).toBe(`/tasks/${id}`));
  expect(app.posts()[0]?.body).toEqual({
    actor: 'media',
    payload: {
      action_type: 'txt2img',
      provider: 'studio',
      params: { prompt: 'A lighthouse in the fog, seen from the sea' },
    },
  });
});

test('a missing prompt is said at its field, which gets the focus, and nothing is sent', async () => {
  const app = openApp('/');
  const field = await prompt();
  fireEvent.click(make());
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(field.getAttribute('aria-invalid')).toBe('true');
  const described = field.getAttribute('aria-describedby') ?? '';
  expect(document.getElementById(described)?.textContent).toBe('This is needed.');
  expect(app.posts()).toEqual([]);
  fireEvent.change(field, { target: { value: 'A barn' } });
  expect(field.getAttribute('aria-invalid')).toBe('false');
});

test('what the server refuses stands at the field it names, the rest in a summary', async () => {
  const errors = [
    { pointer: '/payload/params/width', detail: 'must be <even>' },
    { pointer: '/priority', detail: 'is too high' },
  ];
  openApp('/', { 'POST /api/task': { status: 422, body: { detail: 'Two things are wrong.', errors } } });
  fireEvent.change(await prompt(), { target: { value: 'A barn' } });
  fireEvent.click(make());
  expect(await screen.findByText('must be <even>')).toBeTruthy();
  expect(screen.getByLabelText(/Width/).getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByRole('alert').textContent).toContain('/priority is too high');
});

test('sent again after an answer that was lost, the same task has the same key; another one has another', async () => {
  const app = openApp('/', { 'POST /api/task': 'unreachable' });
  fireEvent.change(await prompt(), { target: { value: 'A barn' } });
  for (const text of ['A barn', 'A barn', 'A mill']) {
    fireEvent.change(await prompt(), { target: { value: text } });
    fireEvent.click(make());
    expect(await screen.findByText(/The server does not answer/)).toBeTruthy();
  }
  const [first, again, other] = app.posts().map(({ headers }) => headers.get('idempotency-key'));
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test('a double click makes one task', async () => {
  const app = openApp('/', { ...knows(aTask()), 'POST /api/task': { status: 202, body: { task_id: id } } });
  fireEvent.change(await prompt(), { target: { value: 'A barn' } });
  const form = make().closest('form')!;
  act(() => {
    fireEvent.submit(form);
    fireEvent.submit(form);
  });
  await waitFor(() => expect(window.location.pathname).toBe(`/tasks/${id}`));
  expect(app.posts()).toHaveLength(1);
});

test('the JSON tab and the form show one payload', async () => {
  openApp('/');
  fireEvent.change(await prompt(), { target: { value: 'A barn' } });
  fireEvent.click(screen.getByRole('button', { name: 'JSON' }));
  const text = screen.getByLabelText<HTMLTextAreaElement>('Payload as JSON');
  const payload = JSON.parse(text.value);
  expect(payload.params.prompt).toBe('A barn');
  fireEvent.change(text, { target: { value: '{' } });
  expect(screen.getByRole('button', { name: 'Form' }).hasAttribute('disabled')).toBe(true);
  payload.params.prompt = 'A mill';
  fireEvent.change(text, { target: { value: JSON.stringify(payload) } });
  fireEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect((await prompt()).textContent).toBe('A mill');
});

test('"use these settings again" brings the earlier payload back', async () => {
  openApp(
    `/?from=${id}`,
    knows(aTask({ payload: { action_type: 'txt2img', params: { prompt: 'A red kite' } } })),
  );
  expect((await prompt()).textContent).toBe('A red kite');
});

test('"make a film" takes the picture as the start of one', async () => {
  const earlier = aTask({
    payload: { action_type: 'txt2img', provider: 'studio', params: { prompt: 'A red kite' } },
  });
  const app = openApp(`/?from=${id}&kind=img2vid&source=gc_7`, knows(earlier));
  await prompt();
  fireEvent.click(make());
  await waitFor(() => expect(app.posts()).toHaveLength(1));
  expect(app.posts()[0]?.body).toMatchObject({
    payload: {
      action_type: 'img2vid',
      params: { prompt: 'A red kite', source_image: 'gc_7' },
    },
  });
});

test('without any actor the page says how to get one', async () => {
  openApp('/', { 'GET /api/v1/actors': { body: { items: [], next_cursor: null } } });
  expect(await screen.findByRole('heading', { level: 1, name: 'No worker has come by yet' })).toBeTruthy();
});

test('an actor that no worker serves says so, and can still be asked', async () => {
  openApp('/', {
    'GET /api/v1/actors': { body: { items: [{ ...mediaActor, workers: [] }], next_cursor: null } },
  });
  expect(await screen.findByText(/No worker takes this kind of task at the moment/)).toBeTruthy();
  expect(make().hasAttribute('disabled')).toBe(false);
});

test('a catalog that cannot be read is said, and read again on request', async () => {
  const app = openApp('/', { 'GET /api/v1/actors': { status: 500, body: { detail: 'The server failed.' } } });
  expect(await screen.findByText('The server failed.')).toBeTruthy();
  app.table['GET /api/v1/actors'] = { body: { items: [mediaActor], next_cursor: null } };
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await prompt()).toBeTruthy();
});

test('a running task is watched by one stream until its end, which is shown and announced', async () => {
  const app = openApp(`/tasks/${id}`, knows(aTask()));
  expect(await screen.findByText('Setting the type')).toBeTruthy();
  await waitFor(() => expect(app.sources.map(source => source.url)).toEqual([`/api/tasks/stream?ids=${id}`]));
  const [source] = app.sources;
  act(() => source?.open());
  expect(await screen.findByText('Live')).toBeTruthy();
  act(() => source?.say('progress', progressAt(6, 0.8)));
  const bar = await waitFor(() => screen.getByRole('progressbar', { name: 'Progress of this task' }));
  await waitFor(() => expect(bar.getAttribute('aria-valuenow')).toBe('80'));
  const urls = ['http://127.0.0.1:1/workflow/r/media/gc_1.webp'];
  const attempts = [{ ...anAttempt, outcome: 'completed' as const }];
  const done = aTask({ status: 'completed', state: 'completed', rev: 7, result: { urls }, attempts });
  app.table[`GET /api/task/${id}`] = { body: done };
  act(() => source?.say('complete', { task_id: id, rev: 7, result: done.result }));
  const picture = await screen.findByRole<HTMLImageElement>('img', { name: 'A red kite' });
  expect(picture.getAttribute('src')).toBe('/workflow/r/media/gc_1.webp');
  expect([picture.width, picture.height]).toEqual([640, 480]);
  expect(await screen.findByRole('heading', { name: 'Attempts' })).toBeTruthy();
  expect(screen.getByText('Finished')).toBeTruthy();
  expect(source?.closed).toBe(true);
  expect(document.querySelector('[aria-live=polite]')?.textContent).toBe('Completed: A red kite');
});

const anAttempt = {
  attempt: 1,
  worker_id: 'w1',
  started_at: '2026-11-23T10:00:02.500Z',
  ended_at: '2026-11-23T10:00:04.000Z',
  error: null,
};

function progressAt(rev: number, fraction: number) {
  const progress = { elapsed_ms: 2_000, message: 'Drying', fraction, updated_at: null };
  return { task_id: id, rev, status: 'processing', state: 'running', progress, queue: null };
}

test('a finished task opens no stream', async () => {
  const app = openApp(`/tasks/${id}`, knows(aTask({ status: 'completed', state: 'completed' })));
  expect(await screen.findByText('Finished')).toBeTruthy();
  expect(app.sources).toEqual([]);
});

test('a failed task shows the kind of its error, its message as text, and where it came from, folded', async () => {
  const error = {
    type: 'NoPaint',
    message: '<b>none left</b>',
    details: { left: 0 },
    stack_trace: 'at paint:1',
  };
  openApp(`/tasks/${id}`, knows(aTask({ status: 'failed', state: 'failed', error })));
  const section = await screen.findByRole('region', { name: 'Error' });
  expect(within(section).getByText('NoPaint')).toBeTruthy();
  expect(within(section).getByText('<b>none left</b>')).toBeTruthy();
  expect(section.querySelector('details')?.open).toBe(false);
});

test('a prompt with markup in it is text wherever it stands', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  openApp(`/tasks/${id}`, knows(aTask({ payload: { params: { prompt: evil } } })));
  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe(evil);
  expect(document.querySelector('img[onerror]')).toBeNull();
});

test('an id that nobody knows is said, with a way out', async () => {
  openApp('/tasks/tq_nothing');
  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('There is no such task');
  expect(await screen.findByText('Nothing to watch')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'See the tasks there are' }).getAttribute('href')).toBe('/tasks');
});

test('the list of tasks is live by one stream, however many of them run', async () => {
  const items = [3, 2, 1].map(count =>
    aTask({ task_id: `tq_${count}`, payload: { prompt: `Number ${count}` } }),
  );
  const app = openApp('/tasks', { 'GET /api/tasks': { body: { items, next_cursor: null } } });
  expect(await screen.findByText('Number 2')).toBeTruthy();
  expect(app.sources.map(source => source.url)).toEqual(['/api/tasks/stream?all=1']);
  act(() => app.sources[0]?.open());
  act(() => app.sources[0]?.say('progress', { ...progressAt(6, 0.75), task_id: 'tq_2' }));
  expect((await screen.findAllByText('75 %')).length).toBeGreaterThan(0);
});

test('an empty list of tasks shows the way to the first one', async () => {
  openApp('/tasks');
  expect(await screen.findByText('Nothing has been asked for yet')).toBeTruthy();
});

test('older tasks come on request', async () => {
  const first = aTask({ payload: { prompt: 'New' } });
  const app = openApp('/tasks', { 'GET /api/tasks': { body: { items: [first], next_cursor: 'c1' } } });
  await screen.findByText('New');
  const old = aTask({ task_id: 'tq_0', payload: { prompt: 'Old' } });
  app.table['GET /api/tasks'] = { body: { items: [first, old], next_cursor: null } };
  fireEvent.click(screen.getByRole('button', { name: 'Older tasks' }));
  expect(await screen.findByText('Old')).toBeTruthy();
  expect(screen.getAllByText('New')).toHaveLength(1);
});

test('the theme is chosen among three and kept', async () => {
  openApp('/tasks');
  fireEvent.click(await screen.findByLabelText('Dark'));
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect(localStorage.getItem('callsheet.theme')).toBe('dark');
  fireEvent.click(screen.getByLabelText('As the system'));
  expect(document.documentElement.dataset.theme).toBeUndefined();
});

test('what a task spawned is listed on its page, and cancelled with it unless one says otherwise', async () => {
  const child = aTask({ task_id: 'tq_child', parent_id: id, payload: { prompt: 'A smaller kite' } });
  const app = openApp(`/tasks/${id}`, {
    ...knows(aTask()),
    'GET /api/v1/jobs': { body: { items: [child], next_cursor: null } },
    [`POST /api/task/${id}/cancel`]: { status: 202, body: {} },
  });
  expect(await screen.findByText('A smaller kite')).toBeTruthy();
  for (const [click, query] of [
    [false, '?children=true'],
    [true, ''],
  ] as const) {
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    const too = await screen.findByLabelText('Cancel the task it spawned, too');
    if (click) fireEvent.click(too);
    const before = app.posts().length;
    fireEvent.click(screen.getByRole('button', { name: 'Cancel the task' }));
    await waitFor(() => expect(app.posts()).toHaveLength(before + 1));
    expect(app.posts().at(-1)?.query).toBe(query);
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Cancel' })).toBeTruthy());
  }
});

test('a spawned task leads to the one that spawned it', async () => {
  openApp(`/tasks/${id}`, knows(aTask({ parent_id: 'tq_parent' })));
  const link = await screen.findByRole('link', { name: 'Spawned by another task' });
  expect(link.getAttribute('href')).toBe('/tasks/tq_parent');
});

test('a server with keys is asked for nothing before it was given one', async () => {
  const refused = { status: 401, body: { detail: 'Send a key.' } };
  const app = openApp('/tasks', { 'GET /api/session': refused, 'POST /api/session': refused });
  const key = await screen.findByLabelText('API key');
  expect(app.sent.map(({ path }) => path)).toEqual(['/api/session']);
  fireEvent.change(key, { target: { value: ' wrong ' } });
  fireEvent.click(screen.getByRole('button', { name: 'Come in' }));
  expect(await screen.findByText('This key is not known.')).toBeTruthy();
  app.table['POST /api/session'] = { body: { name: 'ci', scopes: ['read'] } };
  fireEvent.change(key, { target: { value: 'right' } });
  fireEvent.click(screen.getByRole('button', { name: 'Come in' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Tasks' })).toBeTruthy();
  expect(app.posts().map(({ body }) => body)).toEqual([{ key: 'wrong' }, { key: 'right' }]);
  app.table['DELETE /api/session'] = { body: null };
  fireEvent.click(screen.getByRole('button', { name: /the key is ci/ }));
  expect(await screen.findByLabelText('API key')).toBeTruthy();
});

test('a session that ends in between leads back to the key', async () => {
  const app = openApp('/tasks', { 'GET /api/session': { body: { name: 'ci', scopes: ['read'] } } });
  await screen.findByText('Nothing has been asked for yet');
  const refused = { status: 401, body: { detail: 'Send a key.' } };
  app.table['GET /api/session'] = refused;
  app.table['GET /api/v1/workers'] = refused;
  fireEvent.click(screen.getByRole('link', { name: 'Workers' }));
  expect(await screen.findByLabelText('API key')).toBeTruthy();
});
