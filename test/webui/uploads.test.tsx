// @vitest-environment happy-dom
// The picture that a task starts from: chosen, dropped or pasted, on its way, refused, there, removed.
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openApp } from './support/app.tsx';
import { aContent } from './support/content.ts';

const field = () => screen.findByLabelText<HTMLInputElement>(/Picture to start from/);
const png = (name = 'flower.png', size = 3) =>
  Object.defineProperty(new File(['png'], name, { type: 'image/png' }), 'size', { value: size });
const uploaded = aContent({ content_id: 'gc_up', metadata_id: null, width: 800, height: 600 });
const make = () => screen.getByRole('button', { name: 'Make it' });

async function openFilm(at = '/') {
  const app = openApp(at, { 'GET /api/v1/contents/gc_up': { body: uploaded } });
  fireEvent.click(await screen.findByText('Moving picture'));
  return app;
}

async function choose(file: File) {
  fireEvent.change(await field(), { target: { files: [file] } });
}

test('a chosen picture goes to the server as it is, and the field then holds its id', async () => {
  const app = await openFilm();
  await choose(png());
  const [sent] = app.uploads;
  expect(sent?.url).toBe('/api/v1/contents?workflow_run_id=default');
  expect(sent?.contentType).toBe('image/png');
  expect(await sent?.body?.text()).toBe('png');
  act(() => sent?.progress(1, 4));
  const bar = screen.getByRole('progressbar', { name: 'Upload of flower.png' });
  expect(bar.getAttribute('aria-valuenow')).toBe('25');
  await act(async () => sent?.answer(201, uploaded));
  expect(await screen.findByText('800 × 600 · 31 kB · PNG')).toBeTruthy();
  expect(screen.getByAltText('What it starts from').getAttribute('src')).toBe(
    '/workflow/default/media/gc_up.png?thumbnail=1',
  );
  fireEvent.click(screen.getByRole('button', { name: 'JSON' }));
  const text = screen.getByLabelText<HTMLTextAreaElement>('Payload as JSON');
  expect(JSON.parse(text.value).params.source_image).toBe('gc_up');
});

test('it goes on while the JSON is looked at, and its id appears there', async () => {
  const app = await openFilm();
  await choose(png());
  fireEvent.click(screen.getByRole('button', { name: 'JSON' }));
  await act(async () => app.uploads[0]?.answer(201, uploaded));
  const text = screen.getByLabelText<HTMLTextAreaElement>('Payload as JSON');
  expect(JSON.parse(text.value).params.source_image).toBe('gc_up');
});

test('nothing is sent without a picture that is still on its way', async () => {
  const app = await openFilm();
  fireEvent.change(await screen.findByLabelText(/What should be in it/), { target: { value: 'A barn' } });
  await choose(png());
  fireEvent.click(make());
  expect(await screen.findByText('It is still on its way: one moment.')).toBeTruthy();
  expect(app.posts()).toEqual([]);
  await act(async () => app.uploads[0]?.answer(201, uploaded));
  expect(screen.queryByText('It is still on its way: one moment.')).toBeNull();
  fireEvent.click(make());
  await waitFor(() => expect(app.posts()).toHaveLength(1));
  expect(app.posts()[0]?.body).toMatchObject({ payload: { params: { source_image: 'gc_up' } } });
});

test('what is no picture, or too large for the server, is not even sent', async () => {
  const app = await openFilm();
  await choose(new File(['x'], 'notes.pdf', { type: 'application/pdf' }));
  expect((await screen.findByRole('alert')).textContent).toBe(
    '“notes.pdf” is not a picture. PNG, JPEG and WebP always work.',
  );
  await choose(png('huge.png', 41_000_000));
  expect(screen.getByRole('alert').textContent).toBe(
    '“huge.png” is too large: it has 41 MB, and 34 MB are the most.',
  );
  expect(app.uploads).toEqual([]);
});

test('what the server refuses is said with the name of the file', async () => {
  const app = await openFilm();
  await choose(png());
  await act(async () => app.uploads[0]?.answer(413, { detail: 'A picture may have 2000 bytes at most.' }));
  expect((await screen.findByRole('alert')).textContent).toContain('“flower.png” is too large');
  await choose(png('odd.tiff'));
  expect(screen.queryByRole('alert')).toBeNull();
  await act(async () => app.uploads[1]?.answer(415, { detail: 'The bytes are no picture of a known kind.' }));
  expect((await screen.findByRole('alert')).textContent).toBe(
    '“odd.tiff” cannot be used: the bytes are no picture of a known kind. PNG, JPEG and WebP always work.',
  );
});

test('an upload that got no answer can be tried again with the same file', async () => {
  const app = await openFilm();
  await choose(png());
  await act(async () => app.uploads[0]?.onerror?.());
  expect((await screen.findByRole('alert')).textContent).toContain('did not get through');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(app.uploads).toHaveLength(2);
  await act(async () => app.uploads[1]?.answer(201, uploaded));
  expect(await screen.findByText('800 × 600 · 31 kB · PNG')).toBeTruthy();
});

test('an upload can be stopped, and a picture removed', async () => {
  const app = await openFilm();
  await choose(png());
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  expect(app.uploads[0]?.aborted).toBe(true);
  expect(screen.queryByRole('progressbar', { name: /Upload/ })).toBeNull();
  await choose(png());
  await act(async () => app.uploads[1]?.answer(201, uploaded));
  fireEvent.click(await screen.findByRole('button', { name: 'Remove the picture' }));
  expect(await screen.findByText(/or drop it here/)).toBeTruthy();
  expect(screen.queryByAltText('What it starts from')).toBeNull();
});

test('a picture that is dropped on the page, or pasted into it, is taken', async () => {
  const app = await openFilm();
  await field();
  const files = [png()];
  fireEvent.dragOver(document.body, { dataTransfer: { types: ['Files'], files } });
  expect(document.querySelector('[data-over=true]')).toBeTruthy();
  fireEvent.drop(document.body, { dataTransfer: { types: ['Files'], files } });
  expect(app.uploads).toHaveLength(1);
  expect(document.querySelector('[data-over=true]')).toBeNull();
  fireEvent.paste(document.body, { clipboardData: { files } });
  expect(app.uploads).toHaveLength(2);
  expect(app.uploads[0]?.aborted).toBe(true);
  // The end of the first one is no news of the second.
  await act(async () => {});
  expect(app.uploads[1]?.aborted).toBe(false);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('an id can be given instead; one that nobody knows is said', async () => {
  await openFilm();
  const address = await screen.findByLabelText('Id or address of the picture');
  fireEvent.change(address, { target: { value: 'gc_up' } });
  expect(await screen.findByText('800 × 600 · 31 kB · PNG')).toBeTruthy();
  fireEvent.change(address, { target: { value: 'gc_nothing' } });
  expect(await screen.findByText('There is no such picture here.')).toBeTruthy();
});

test('without an earlier task a stored picture can be started from too', async () => {
  await openFilm('/?kind=img2vid&source=gc_up');
  expect(await screen.findByText('800 × 600 · 31 kB · PNG')).toBeTruthy();
});
