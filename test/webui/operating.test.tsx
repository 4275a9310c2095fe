// @vitest-environment happy-dom
// The pages of whoever keeps the queue going: dead letters, schedules, workers, tasks of one run.
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openApp } from './support/app.tsx';
import { aTask } from './support/task.ts';

const error = { type: 'NoPaint', message: 'None is <left>', details: {}, stack_trace: '' };
const dead = aTask({ status: 'failed', state: 'failed', error, actor: 'paint', payload: { wall: 'east' } });
const groups = [{ actor: 'paint', error_type: 'NoPaint', count: 12, latest_at: dead.created_at }];
/** One address has the groups and the letters: they are told apart by the query. */
const letters = {
  'GET /api/v1/admin/dlq': (query: string) => ({
    body: { items: query.includes('group=') ? groups : [dead], next_cursor: null },
  }),
};
const openDead = (at: string) => openApp(at, letters);

test('dead letters stand in groups and one by one, with their errors as text', async () => {
  openDead('/dead');
  expect(await screen.findByText('None is <left>')).toBeTruthy();
  const group = await screen.findByRole('link', { name: 'NoPaint' });
  expect(group.getAttribute('href')).toBe('/dead?actor=paint&error_type=NoPaint');
  expect(screen.getByText('12')).toBeTruthy();
});

test('what the page is narrowed to comes from the address and goes to the server', async () => {
  const app = openDead('/dead?actor=paint&error_type=NoPaint');
  await screen.findByText('None is <left>');
  const asked = app.sent.map(({ query }) => query);
  expect(asked).toContain('?actor=paint&error_type=NoPaint&limit=25');
  expect(screen.getByRole('link', { name: 'Show all' }).getAttribute('href')).toBe('/dead');
});

test('all of a group are retried after a question that names their number', async () => {
  const app = openDead('/dead');
  app.table['POST /api/v1/admin/dlq/actions'] = { body: { matched: 12, changed: 0 } };
  fireEvent.click(await screen.findByRole('button', { name: 'Retry all paint · NoPaint' }));
  const question = await screen.findByRole('dialog', { name: 'Retry 12 tasks?' });
  const filter = { actor: 'paint', error_type: 'NoPaint' };
  expect(app.posts().map(({ body }) => body)).toEqual([{ action: 'retry', filter, dry_run: true }]);
  app.table['POST /api/v1/admin/dlq/actions'] = { body: { matched: 12, changed: 11, more: true } };
  fireEvent.click(within(question).getByRole('button', { name: 'Retry them' }));
  expect(
    await screen.findByText('11 tasks were queued again. There are more: do it again for the rest.'),
  ).toBeTruthy();
  expect(app.posts().at(-1)?.body).toEqual({ action: 'retry', filter, dry_run: false });
});

test('one is dismissed at once; a refusal is said', async () => {
  const app = openDead('/dead');
  const path = `POST /api/v1/admin/dlq/${dead.task_id}/dismiss`;
  app.table[path] = { status: 409, body: { detail: 'The task is not a dead letter: it is queued.' } };
  const button = await screen.findByRole('button', { name: /^Dismiss.*wall east/ });
  fireEvent.click(button);
  expect(await screen.findByText('The task is not a dead letter: it is queued.')).toBeTruthy();
  app.table[path] = { body: {} };
  fireEvent.click(button);
  expect(await screen.findByText('1 task was dismissed.')).toBeTruthy();
});

test('without dead letters the page says what comes here', async () => {
  openApp('/dead', { 'GET /api/v1/admin/dlq': { body: { items: [], next_cursor: null } } });
  expect(await screen.findByText('There are no dead letters')).toBeTruthy();
});

const schedule = {
  schedule_id: 'sch_1',
  cron: '0 9 * * *',
  time_zone: 'Europe/Zurich',
  actor: 'sleep',
  payload: { ms: 5 },
  paused: false,
  next_run_at: '2026-11-24T08:00:00.000Z',
  last_task_id: 'tq_7',
  last_error: 'The actor is gone.',
  created_at: '2026-11-23T08:00:00.000Z',
};
const schedules = { 'GET /api/v1/schedules': { body: { items: [schedule], next_cursor: null } } };

test('a schedule says when it runs, what came of it, and is run, paused and deleted', async () => {
  const app = openApp('/schedules', {
    ...schedules,
    'POST /api/v1/schedules/sch_1/run': { status: 202, body: { task_id: 'tq_8' } },
    'PATCH /api/v1/schedules/sch_1': { body: { ...schedule, paused: true, next_run_at: null } },
    'DELETE /api/v1/schedules/sch_1': { body: null },
  });
  expect(await screen.findByText('Europe/Zurich')).toBeTruthy();
  expect(screen.getByText(/The actor is gone./)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Its latest task' }).getAttribute('href')).toBe('/tasks/tq_7');
  fireEvent.click(screen.getByRole('button', { name: /^Run now/ }));
  expect((await screen.findByRole('link', { name: 'See it' })).getAttribute('href')).toBe('/tasks/tq_8');
  fireEvent.click(screen.getByRole('button', { name: /^Pause/ }));
  expect(await screen.findByText('It is paused: no tick makes a task.')).toBeTruthy();
  expect(app.sent.find(({ method }) => method === 'PATCH')?.body).toEqual({ paused: true });
  fireEvent.click(screen.getByRole('button', { name: /^Delete/ }));
  fireEvent.click(await screen.findByRole('button', { name: 'Delete the schedule' }));
  expect(await screen.findByText('The schedule is gone; its tasks stay.')).toBeTruthy();
});

test('a schedule is made from the form of its actor, and what is wrong stands at its field', async () => {
  const errors = [{ pointer: '/cron', detail: 'never comes: there is no such date' }];
  const app = openApp('/schedules?new=1', {
    'GET /api/v1/schedules': { body: { items: [], next_cursor: null } },
    'POST /api/v1/schedules': { status: 422, body: { detail: 'Wrong.', errors } },
  });
  fireEvent.change(await screen.findByLabelText(/What should be in it/), {
    target: { value: 'Good morning' },
  });
  fireEvent.change(screen.getByLabelText('When'), { target: { value: '0 0 31 2 *' } });
  const make = screen.getByRole('button', { name: 'Make the schedule' });
  fireEvent.click(make);
  expect(await screen.findByText('never comes: there is no such date')).toBeTruthy();
  expect(screen.getByLabelText('When').getAttribute('aria-invalid')).toBe('true');
  app.table['POST /api/v1/schedules'] = { status: 201, body: schedule };
  fireEvent.click(screen.getByRole('button', { name: 'Mondays at 8' }));
  fireEvent.click(make);
  expect(await screen.findByText('The schedule is made.')).toBeTruthy();
  expect(app.posts().at(-1)?.body).toMatchObject({
    cron: '0 8 * * 1',
    actor: 'media',
    payload: { action_type: 'txt2img', params: { prompt: 'Good morning' } },
  });
  expect(window.location.search).toBe('');
});

test('a task can be repeated: its payload is in the form of the schedule', async () => {
  const task = aTask();
  openApp(`/schedules?new=1&from=${task.task_id}`, {
    ...schedules,
    [`GET /api/task/${task.task_id}`]: { body: task },
  });
  const prompt = await screen.findByLabelText<HTMLTextAreaElement>(/What should be in it/);
  expect(prompt.value).toBe('A red kite');
});

const worker = {
  worker_id: 'host-1-a',
  host: 'host',
  pid: 1,
  version: '0.1.0',
  actors: ['media', 'echo'],
  capacity: 16,
  running: 3,
  draining: true,
  started_at: '2026-11-23T08:00:00.000Z',
  heartbeat_at: '2026-11-23T08:00:05.000Z',
};

test('a worker says how busy it is, what it serves and that it is stopping', async () => {
  openApp('/workers', { 'GET /api/v1/workers': { body: { items: [worker], next_cursor: null } } });
  expect(await screen.findByRole('heading', { name: 'host-1-a' })).toBeTruthy();
  expect(screen.getByText('of 16 running')).toBeTruthy();
  expect(screen.getByText(/^Stopping/)).toBeTruthy();
  expect(screen.getByText('echo')).toBeTruthy();
});

test('without workers the page says how to start one; without an answer it can be asked again', async () => {
  const app = openApp('/workers', { 'GET /api/v1/workers': 'unreachable' });
  expect(await screen.findByText(/The server does not answer/)).toBeTruthy();
  app.table['GET /api/v1/workers'] = { body: { items: [], next_cursor: null } };
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('No worker is alive')).toBeTruthy();
});

test('what the tasks are narrowed to has an address of its own', async () => {
  const app = openApp('/tasks?workflow_run_id=dailies&worker_id=w%201');
  expect(await screen.findByText('There are no such tasks')).toBeTruthy();
  const { query } = app.sent.find(({ path }) => path === '/api/tasks')!;
  expect(query).toContain('workflow_run_id=dailies');
  expect(query).toContain('worker_id=w+1');
  fireEvent.change(screen.getByLabelText('Workflow run'), { target: { value: ' rushes ' } });
  fireEvent.change(screen.getByLabelText('Worker'), { target: { value: '' } });
  fireEvent.change(screen.getByLabelText('Status'), { target: { value: 'failed' } });
  fireEvent.click(screen.getByRole('button', { name: 'Show' }));
  await waitFor(() => expect(window.location.search).toBe('?status=failed&workflow_run_id=rushes'));
  fireEvent.click(await screen.findByRole('button', { name: 'All tasks' }));
  await waitFor(() => expect(window.location.search).toBe(''));
});

test('a page of rare tasks that is empty leads on to the next', async () => {
  openApp('/tasks?tag=rare', { 'GET /api/tasks': { body: { items: [], next_cursor: 'c1' } } });
  expect(await screen.findByRole('button', { name: 'Older tasks' })).toBeTruthy();
});

test('a server that has lost its database is not called live', async () => {
  const app = openApp('/tasks', { 'GET /readyz': { status: 503, body: { ready: false, reasons: ['…'] } } });
  await waitFor(() => expect(app.sources).toHaveLength(1));
  app.sources[0]?.open();
  expect(await screen.findByText('Not up to date')).toBeTruthy();
});
