// The outside service that actors call, as a process of its own with a clock of its own: it works for as long as it is told,
// counts the calls that are open, and remembers each. Prints its port when it listens.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Call } from './calls.ts';

const calls: Call[] = [];
const open = new Map<string, number>();
const most = new Map<string, number>();

// A call's socket closes when its worker dies; the fastest way to learn of it is to keep nothing in between.
const server = createServer({ keepAliveTimeout: 3_600_000, requestTimeout: 0 }, (request, response) => {
  if (request.method === 'POST') work(request, response);
  else tell(response);
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })),
);

function work(request: IncomingMessage, response: ServerResponse): void {
  const asked = new URL(request.url ?? '/', 'http://provider').searchParams;
  const call = begin(asked);
  const timer = setTimeout(
    () => {
      end(call, 'answered');
      response.end(call.token);
    },
    Number(asked.get('work_ms')),
  );
  response.once('close', () => {
    clearTimeout(timer);
    end(call, 'closed');
  });
}

function begin(asked: URLSearchParams): Call {
  const key = asked.get('key') ?? '';
  const call: Call = {
    key,
    task_id: asked.get('task_id') ?? '',
    attempt: Number(asked.get('attempt')),
    saw: Number(asked.get('saw')),
    token: randomBytes(6).toString('hex'),
    began: Date.now(),
  };
  calls.push(call);
  open.set(key, (open.get(key) ?? 0) + 1);
  most.set(key, Math.max(open.get(key)!, most.get(key) ?? 0));
  return call;
}

/** What ends a call first is how it ended. */
function end(call: Call, how: Call['how']): void {
  if (call.ended !== undefined) return;
  call.ended = Date.now();
  call.how = how;
  open.set(call.key, open.get(call.key)! - 1);
}

function tell(response: ServerResponse): void {
  for (const call of calls) response.write(`${JSON.stringify(call)}\n`);
  response.end(`${JSON.stringify({ most: Object.fromEntries(most) })}\n`);
}
