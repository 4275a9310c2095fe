// A service that has films of any size: `/<megabytes>.mp4`. A process of its own, as a provider is.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

const piece = randomBytes(1024 ** 2);
const beginning = Buffer.from('0000001c6674797069736f6d', 'hex');

const server = createServer((request, response) => {
  const megabytes = Number.parseInt(request.url?.slice(1) ?? '', 10);
  response.setHeader('content-length', megabytes * piece.length);
  // A client that goes away is none of its business.
  pipeline(film(megabytes), response).catch(() => {});
});

async function* film(megabytes: number): AsyncGenerator<Buffer> {
  yield Buffer.concat([beginning, piece.subarray(beginning.length)]);
  for (let n = 1; n < megabytes; n++) yield piece;
}

server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
// Whoever started this is gone.
process.stdin.resume().on('end', () => process.exit());
