// The actors of the chaos runs. Each attempt first saves that it began, then calls the outside service once, and then does
// what its payload says. Loaded by worker processes through CALLSHEET_ACTORS: no build, no imports of ours.

/** What the package's PermanentError is known by. */
const verdict = Symbol.for('callsheet.verdict');

class Refused extends Error {
  name = 'Refused';
  [verdict] = { kind: 'permanent' };
}

/** How long the outside service shall work: as asked, but for what an attempt is meant to run into. */
function patience({ does, work_ms }, attempt) {
  if (attempt === 1 && (does === 'ignore timeouts' || does === 'run into the soft timeout')) return 2_500;
  // Long work takes longer again: it is then under way when what an attempt before it sent too late arrives.
  return attempt > 1 && work_ms > 1_000 ? work_ms + 3_000 : work_ms;
}

async function call({ url, key, ...payload }, { task_id, attempt, state }, signal) {
  const work_ms = patience(payload, attempt);
  const query = new URLSearchParams({ key, task_id, attempt, saw: state?.attempt ?? 0, work_ms });
  // A POST, because those are never sent twice by themselves.
  const response = await fetch(`${url}?${query}`, { method: 'POST', signal });
  return response.text();
}

async function execute(payload, context) {
  const { attempt, checkpoint, progress, signal } = context;
  await checkpoint({ attempt });
  await progress(0, 'calling');
  // Who never looks at the signal is ended by the hard timeout.
  const deaf = payload.does === 'ignore timeouts' && attempt === 1;
  const token = await call(payload, context, deaf ? undefined : signal);
  if (payload.does === 'fail once' && attempt === 1) throw new Error('the first time it does not work');
  if (payload.does === 'fail for good') throw new Refused('never');
  return { token, attempt };
}

const retry = { max_retries: 60, base_ms: 100, max_ms: 1_000 };

export const actors = [
  { name: 'call', concurrency: { key: '/key', limits: { jam: 1 }, default: 3 }, retry, execute },
  { name: 'free', retry, execute },
];
