// What a worker says of itself to whoever watches over it: that it lives, whether it is ready, its figures.
import { newPing, type Queue } from '../../queue/index.ts';
import type { Worker } from '../worker.ts';
import { openFigures } from './figures.ts';
import { type Answer, openPort } from './port.ts';

export interface Watch {
  url: string;
  /** The worker runs: from here on it is what the answers are about. */
  started(worker: Worker, db: Queue['db']): void;
  close(): Promise<void>;
}

interface Subject {
  worker: Worker;
  databaseAnswers: () => Promise<boolean>;
  figures: { contentType: string; text(): Promise<string> };
}

/** Opens the port before the worker starts: until then it lives, and is not ready. Throws CannotListen. */
export async function openWatch(host: string, number: number): Promise<Watch> {
  let subject: Subject | undefined;
  const port = await openPort(host, number, {
    // Without I/O: a database that is away must not get this process killed. A blocked event loop does not answer.
    '/healthz': () => json(200, { status: 'ok' }),
    '/readyz': () => (subject ? readiness(subject) : json(503, notReady(['the worker is starting']))),
    '/metrics': () => (subject ? metrics(subject) : { status: 200, type: 'text/plain', body: '' }),
  });
  return {
    url: port.url,
    close: () => port.close(),
    started(worker, db) {
      subject = { worker, databaseAnswers: newPing(db), figures: openFigures(worker) };
    },
  };
}

async function readiness({ worker, databaseAnswers }: Subject): Promise<Answer> {
  const answered = await databaseAnswers();
  const { draining, heartbeat_age_ms, heartbeat_late } = worker.standing();
  const reasons: string[] = [];
  if (draining) reasons.push('the worker is draining');
  if (!answered) reasons.push('the database does not answer');
  if (heartbeat_late) reasons.push(`the last heartbeat was ${Math.round(heartbeat_age_ms / 1_000)} s ago`);
  if (reasons.length > 0) return json(503, { ...notReady(reasons), heartbeat_age_ms });
  return json(200, { ready: true, reasons, heartbeat_age_ms });
}

const notReady = (reasons: string[]) => ({ ready: false, reasons });

async function metrics({ figures }: Subject): Promise<Answer> {
  return { status: 200, type: figures.contentType, body: await figures.text() };
}

function json(status: number, said: object): Answer {
  return { status, type: 'application/json', body: JSON.stringify(said) };
}
