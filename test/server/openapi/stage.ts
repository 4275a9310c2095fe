// One of everything that the described routes speak of, in a queue of its own, and the ways to come to it.
import sharp from 'sharp';
import {
  completeGeneration,
  newArtifactId,
  recordAnswer,
  saveArtifact,
  startGeneration,
} from '../../../content/index.ts';
import { type ClaimedTask, claimTasks, completeTasks, spawnTask } from '../../../queue/index.ts';
import { addWorker, enqueue, enqueueClaimed, enqueueDead, json, openApp, type TestApp } from '../setup.ts';

export interface Stage extends TestApp {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The id of something new of this kind. */
  newTask(): Promise<string>;
  claimed(): Promise<ClaimedTask>;
  newDead(): Promise<string>;
  newSchedule(): Promise<string>;
  /** Asks for something, and completes every task that can be claimed until there is an answer. */
  whileWorking(ask: () => Promise<Response>): Promise<Response>;
  task_id: string;
  job_id: string;
  schedule_id: string;
  content_id: string;
  metadata_id: string;
  artifact_id: string;
  worker: { worker_id: string; token: string };
  full_name: string;
}

export const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

const full_name = 'lab:analysis:count';
const claimable = {
  worker_id: 'w1',
  actors: new Set(['any', 'sleep', 'media', full_name]),
  want: 100,
  share: { index: 0, of: 1 },
};

/** Opens an app and puts one of everything into it. */
export async function openStage(): Promise<Stage> {
  const t = await openApp();
  await addWorker(t.queue);
  const call: Stage['call'] = async (method, path, body, headers = {}) =>
    t.app.request(path, {
      ...(body === undefined ? { method } : json(body, method)),
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
  const made = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
  const newSchedule = async () => {
    const body = { cron: '0 9 * * *', actor: 'any', payload: {} };
    return (await made<{ schedule_id: string }>(call('POST', '/api/v1/schedules', body))).schedule_id;
  };
  const claimed = () => enqueueClaimed(t.queue);
  const newDead = () => enqueueDead(t.queue);
  async function whileWorking(ask: () => Promise<Response>): Promise<Response> {
    const done = new AbortController();
    const work = async () => {
      while (!done.signal.aborted) {
        const { tasks: held } = await claimTasks(t.queue, claimable);
        if (held.length > 0)
          await completeTasks(
            t.queue,
            held.map(task => ({ task, result: task.payload })),
          );
        await new Promise(resolve => setTimeout(resolve, 10));
      }
    };
    const working = work();
    const answer = await ask();
    done.abort();
    await working;
    return answer;
  }
  const parent = await claimed();
  const child = await spawnTask(t.queue, parent, { actor: 'any', payload: { a: 1 } });
  await call('PUT', '/api/workflow/run/interaction/i1', {});
  await call('PUT', '/api/v1/rooms/lab/jobs', { category: 'analysis', name: 'count', schema: {} });
  const upload = { method: 'POST', headers: { 'content-type': 'image/png' }, body: picture };
  const uploaded = t.app.request('/api/v1/contents?workflow_run_id=run', upload);
  const { content_id } = await made<{ content_id: string }>(Promise.resolve(uploaded));
  const metadata_id = await makeGeneration(t, content_id);
  const artifact_id = await saveTree(t, parent._id);
  await newDead();
  const task_id = await enqueue(t.queue, { workflow_run_id: 'run', tags: ['a'] });
  const join = call('POST', '/api/v1/workers', { name: 'w', jobs: [full_name] });
  return {
    ...t,
    call,
    whileWorking,
    claimed,
    newDead,
    newSchedule,
    newTask: () => enqueue(t.queue),
    task_id,
    job_id: child.task_id,
    schedule_id: await newSchedule(),
    content_id,
    metadata_id,
    artifact_id,
    full_name,
    worker: await made<Stage['worker']>(join),
  };
}

async function makeGeneration({ content }: TestApp, content_id: string): Promise<string> {
  const about = { workflow_run_id: 'run', interaction_id: null, provider: 'studio', prompt_id: null };
  const request = { operation: 'txt2img', request_params: {}, source_data: null, task_id: null, attempt: 1 };
  const metadata_id = await startGeneration(content, { ...about, ...request });
  const answer = {
    provider_task_id: 'p1',
    response_data: { ok: true },
    cost: { amount: 1, unit: 'CREDITS' },
  };
  await recordAnswer(content, metadata_id, { ...answer, content_ids: [content_id] });
  await completeGeneration(content, metadata_id);
  return metadata_id;
}

async function saveTree({ content }: TestApp, task_id: string): Promise<string> {
  const artifact_id = newArtifactId();
  const about = { task_id, data: { a: 1 }, metadata: null, labels: ['top'] };
  await saveArtifact(content, { ...about, artifact_id, parent_id: null });
  await saveArtifact(content, { ...about, artifact_id: newArtifactId(), parent_id: artifact_id });
  return artifact_id;
}
