// A line that stands still: what goes into it comes out later, also when its sender is gone.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../helpers/wait.ts';
import { Line } from './line.ts';

let server: Server;
let line: Line;
let port: number;
let heard = '';
beforeAll(async () => {
  // Answers everything with the same, in capitals.
  server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', bytes => {
      heard += bytes.toString();
      socket.write(bytes.toString().toUpperCase());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line = new Line((server.address() as AddressInfo).port);
  port = await line.open();
});
afterAll(() => {
  line.close();
  server.close();
});

async function dial(): Promise<{ client: Socket; answers: () => string }> {
  const client = connect(port, '127.0.0.1');
  let answers = '';
  client.on('data', bytes => {
    answers += bytes.toString();
  });
  await once(client, 'connect');
  return { client, answers: () => answers };
}

test('a request waits in the line and arrives', async () => {
  const { client, answers } = await dial();
  line.hold('requests');
  client.write('late ');
  await waitFor(() => line.waiting === 1);
  expect(heard).not.toContain('late');
  line.release('requests');
  await waitFor(() => answers() === 'LATE ');
  client.destroy();
});

test('an answer waits in the line: it is done, and nobody knows', async () => {
  const { client, answers } = await dial();
  line.hold('answers');
  client.write('unknown ');
  await waitFor(() => heard.includes('unknown') && line.waiting === 1);
  expect(answers()).toBe('');
  line.release('answers');
  await waitFor(() => answers() === 'UNKNOWN ');
  client.destroy();
});

test('a request arrives though its sender has gone', async () => {
  const { client } = await dial();
  line.hold('requests');
  client.write('orphan ');
  await waitFor(() => line.waiting === 1);
  client.destroy();
  await once(client, 'close');
  expect(heard).not.toContain('orphan');
  line.release('requests');
  await waitFor(() => heard.includes('orphan'));
});
