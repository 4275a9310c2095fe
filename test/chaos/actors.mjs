// The actors of the chaos runs. Each attempt first saves that it began, then calls the outside service once, and then does
// what its payload says. Loaded by worker processes through CALLSHEET_ACTORS: no build, no imports of ours.

/** What the package's PermanentError is known by. */
const verdict = Symbol.for('callsheet.verdict');

class Refused extends Error {
  name = 'Refused';
  [verdict] = { kind: 'permanent' };
}

async function call({ url, key, work_ms }, { task_id, attempt, state }, signal) {
  const query = new URLSearchParams({ key, task_id, attempt, saw: state?.attempt ?? 0, work_ms });
  // A POST, because those are never sent twice by themselves.
  const response = await fetch(`${url}?${query}`, { method: 'POST', signal });
  return response.text();
}

async function execute(payload, context) {
  const { attempt, checkpoint, progress, signal } = context;
  await checkpoint({ attempt });
  await progress(0, 'calling');
  const first = attempt === 1;
  // Who never looks at the signal is ended by the hard timeout.
  const deaf = payload.does === 'ignore timeouts' && first;
  const patient = deaf || (payload.does === 'run into the soft timeout' && first);
  const token = await call(
    patient ? { ...payload, work_ms: 2_500 } : payload,
    context,
    deaf ? undefined : signal,
  );
  if (payload.does === 'fail once' && first) throw new Error('the first time it does not work');
  if (payload.does === 'fail for good') throw new Refused('never');
  return { token, attempt };
}

const retry = { max_retries: 60, base_ms: 100, max_ms: 1_000 };

export const actors = [
  { name: 'call', concurrency: { key: '/key', limits: { jam: 1 }, default: 3 }, retry, execute },
  { name: 'free', retry, execute },
];
