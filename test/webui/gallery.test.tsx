// @vitest-environment happy-dom
// The gallery: the wall, the picture shown large with how it was made, and what can be made of it.
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openApp } from './support/app.tsx';
import { aContent, aGeneration } from './support/content.ts';

const film = aGeneration({
  metadata_id: 'gm_2',
  operation: 'img2vid',
  request_params: { prompt: 'Waves', motion: 'pan' },
  provider: 'leonardo',
  cost: { amount: 0.02, unit: 'DOLLARS' },
  task_id: 'tq_2',
  contents: [
    aContent({ content_id: 'gc_2', metadata_id: 'gm_2', content_type: 'video/mp4', extension: 'mp4' }),
  ],
});
const items = [film, aGeneration()];
const wall = { 'GET /api/v1/generations': { body: { items, next_cursor: null } } };
const tiles = () => screen.findAllByRole('link', { name: /A red kite|Waves/ });
const hrefs = (box: HTMLElement) =>
  within(box)
    .getAllByRole('link')
    .map(link => link.getAttribute('href'));

test('what was made hangs there newest first, small, lazy and in its own shape', async () => {
  const app = openApp('/gallery', wall);
  expect((await tiles()).map(tile => tile.textContent)).toEqual(['FilmWaves', 'A red kite']);
  expect(app.sent.find(({ path }) => path === '/api/v1/generations')?.query).toContain('status=completed');
  const picture = document.querySelector('.wall img');
  expect(picture?.getAttribute('src')).toBe('/workflow/default/media/gc_1.png?thumbnail=1');
  expect(picture?.getAttribute('loading')).toBe('lazy');
  const place = picture?.closest('li')?.style.getPropertyValue('--ratio');
  expect(Number(place)).toBeCloseTo(1024 / 768);
});

test('a picture opens large, with how it was made and what can be made of it, and its address stays', async () => {
  openApp('/gallery', wall);
  fireEvent.click((await tiles())[1]!);
  const box = await screen.findByRole('dialog', { name: 'A red kite' });
  expect(window.location.search).toBe('?show=gc_1');
  expect(within(box).getByText('1024 × 768 · 31 kB · PNG')).toBeTruthy();
  expect(within(box).getByText('studio')).toBeTruthy();
  expect(within(box).getByText('4.0 s')).toBeTruthy();
  expect(hrefs(box)).toEqual([
    '/?from=tq_1&kind=img2img&source=gc_1',
    '/?from=tq_1&kind=img2vid&source=gc_1',
    '/?from=tq_1',
    '/tasks/tq_1',
    '/workflow/default/media/gc_1.png',
  ]);
  fireEvent.click(within(box).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(window.location.search).toBe('');
});

test('a film says what it cost, plays, and offers no film of itself', async () => {
  openApp('/gallery?show=gc_2', wall);
  const box = await screen.findByRole('dialog', { name: 'Waves' });
  expect(within(box).getByText('$0.02')).toBeTruthy();
  expect(box.querySelector('video')?.hasAttribute('controls')).toBe(true);
  expect(hrefs(box)).toEqual(['/?from=tq_2', '/tasks/tq_2', '/workflow/default/media/gc_2.mp4']);
});

test('arrow keys go to the neighbours and no further', async () => {
  openApp('/gallery?show=gc_2', wall);
  const box = await screen.findByRole('dialog');
  fireEvent.keyDown(box, { key: 'ArrowLeft' });
  expect(window.location.search).toBe('?show=gc_2');
  fireEvent.keyDown(box, { key: 'ArrowRight' });
  expect(await screen.findByRole('dialog', { name: 'A red kite' })).toBeTruthy();
  expect(window.location.search).toBe('?show=gc_1');
  expect(screen.getByRole('button', { name: 'Older' }).hasAttribute('disabled')).toBe(true);
});

test('an address of a picture that is not on the wall any more is read by itself', async () => {
  const old = aGeneration({ metadata_id: 'gm_9', request_params: { prompt: 'Long ago' } });
  openApp('/gallery?show=gc_9', {
    ...wall,
    'GET /api/v1/contents/gc_9': { body: aContent({ content_id: 'gc_9', metadata_id: 'gm_9' }) },
    'GET /api/v1/generations/gm_9': { body: old },
  });
  expect(await screen.findByRole('dialog', { name: 'Long ago' })).toBeTruthy();
});

test('an uploaded picture can be looked at and started from', async () => {
  const uploaded = aContent({ content_id: 'gc_9', metadata_id: null });
  openApp('/gallery?show=gc_9', { ...wall, 'GET /api/v1/contents/gc_9': { body: uploaded } });
  const box = await screen.findByRole('dialog', { name: 'An uploaded picture' });
  expect(hrefs(box)).toEqual([
    '/?kind=img2img&source=gc_9',
    '/?kind=img2vid&source=gc_9',
    '/workflow/default/media/gc_9.png',
  ]);
});

test('an address that names no picture is said', async () => {
  openApp('/gallery?show=gc_gone', wall);
  expect((await screen.findByRole('alert')).textContent).toContain('There is no picture at this address.');
  fireEvent.click(screen.getByRole('button', { name: 'All right' }));
  expect(screen.queryByRole('alert')).toBeNull();
});

test('an empty gallery shows the way to the first picture, a broken one can be read again', async () => {
  const app = openApp('/gallery', {
    'GET /api/v1/generations': { status: 500, body: { detail: 'It broke.' } },
  });
  expect(await screen.findByText('It broke.')).toBeTruthy();
  app.table['GET /api/v1/generations'] = { body: { items: [], next_cursor: null } };
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Nothing has been made yet')).toBeTruthy();
});
