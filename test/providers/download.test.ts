// Downloads from a real server that behaves and misbehaves.

import { type LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type DownloadOptions, download } from '../../providers/index.ts';
import { checkUrl, guardedLookup, isPrivateAddress, readHost } from '../../providers/media/addresses.ts';
import { recognise } from '../../providers/media/formats.ts';
import { waitFor } from '../helpers/wait.ts';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(300_000, 7)]);
const sent: string[] = [];
let base: string;
let open = 0;

const routes: Record<string, (response: ServerResponse) => void> = {
  '/ok.png': response => response.end(png),
  '/lies.png': response => response.setHeader('content-type', 'image/png').end('<html>not a picture</html>'),
  '/empty': response => response.end(),
  '/svg': response => response.setHeader('content-type', 'image/svg+xml').end('<svg onload="alert(1)"/>'),
  '/missing': response => response.writeHead(404).end('no'),
  '/forbidden': response => response.writeHead(403).end('no'),
  '/broken': response => response.writeHead(503).end('no'),
  '/hop': response => response.writeHead(302, { location: '/ok.png' }).end(),
  '/loop': response => response.writeHead(302, { location: '/loop' }).end(),
  '/astray': response =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/mapped': response => response.writeHead(302, { location: 'http://[::ffff:10.0.0.1]/x' }).end(),
  '/decimal': response => response.writeHead(307, { location: 'http://167772161/x' }).end(),
  '/octal': response => response.writeHead(308, { location: 'http://012.0.0.1/x' }).end(),
  '/relative': response => response.writeHead(302, { location: '//10.0.0.1/x' }).end(),
  '/credentials': response => response.writeHead(302, { location: `http://u:p@127.0.0.1/ok.png` }).end(),
  '/by-name': response =>
    response.writeHead(302, { location: `${base.replace('127.0.0.1', 'localhost')}/ok.png` }).end(),
  '/nowhere': response => response.writeHead(302, { location: 'http://' }).end(),
  '/file': response => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/hang': () => {},
  '/stall': response => response.write(png.subarray(0, 100_000)),
  '/reset': response => {
    response.setHeader('content-length', png.length);
    response.write(png.subarray(0, 100_000), () => response.destroy());
  },
  '/endless': response => {
    const pour = () => {
      while (!response.destroyed && response.write(png));
    };
    response.on('drain', pour);
    pour();
  },
};

const answer: RequestListener = (request, response) => {
  open++;
  response.once('close', () => open--);
  sent.push(JSON.stringify(request.headers));
  (routes[request.url ?? ''] ?? routes['/missing']!)(response);
};

const server = createServer(answer);
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function get(path: string, options: Partial<DownloadOptions> = {}) {
  return download(base + path, { hosts: ['127.0.0.1'], signal: new AbortController().signal, ...options });
}

async function collect(path: string, options: Partial<DownloadOptions> = {}): Promise<Buffer> {
  const { body } = await get(path, options);
  return Buffer.concat(await body.toArray());
}

/** A failed download leaves no connection behind. */
async function failure(path: string, options: Partial<DownloadOptions> = {}): Promise<unknown> {
  onTestFinished(async () => {
    await waitFor(() => open === 0, { timeoutMs: 2_000 });
  });
  return collect(path, options).then(
    () => expect.unreachable('the download should have failed'),
    (error: unknown) => error,
  );
}

const permanent = { kind: 'permanent' };
const retry = { kind: 'retry' };
const verdict = Symbol.for('callsheet.verdict');

test('a picture comes whole, and its kind is told by its bytes', async () => {
  const { format, body } = await get('/ok.png');
  expect(format).toEqual({ content_type: 'image/png', extension: 'png', kind: 'image' });
  expect(Buffer.concat(await body.toArray()).equals(png)).toBe(true);
  expect(sent.at(-1)).not.toMatch(/authorization|cookie/i);
});

test('a redirect to an allowed host is followed', async () => {
  expect((await collect('/hop')).length).toBe(png.length);
});

test.each([
  ['/lies.png', 'no picture or film', permanent],
  ['/empty', 'no picture or film', permanent],
  ['/svg', 'no picture or film', permanent],
  ['/forbidden', 'answered 403', permanent],
  ['/missing', 'answered 404', retry],
  ['/broken', 'answered 503', retry],
  ['/loop', 'more than 5 times', permanent],
  ['/astray', 'may not be fetched from "169.254.169.254"', permanent],
  ['/mapped', 'may not be fetched from "::ffff:a00:1"', permanent],
  ['/decimal', 'may not be fetched from "10.0.0.1"', permanent],
  ['/octal', 'may not be fetched from "10.0.0.1"', permanent],
  ['/relative', 'may not be fetched from "10.0.0.1"', permanent],
  ['/credentials', 'must not carry', permanent],
  ['/by-name', 'may not be fetched from "localhost"', permanent],
  ['/nowhere', 'not a URL', permanent],
  ['/file', 'not file:', permanent],
  ['/reset', 'broke off', retry],
])('%s fails: %s', async (path, message, kind) => {
  const error = await failure(path);
  expect(error).toMatchObject({
    name: 'DownloadError',
    message: expect.stringContaining(message),
    [verdict]: kind,
  });
});

test('what is announced as too large is not begun', async () => {
  const error = await failure('/ok.png', { maxBytes: 1000 });
  expect(error).toMatchObject({ message: 'The media is larger than 1000 bytes.', [verdict]: permanent });
});

test('a stream without end is cut at the cap', async () => {
  const error = await failure('/endless', { maxBytes: 2_000_000 });
  expect(error).toMatchObject({ message: 'The media is larger than 2000000 bytes.' });
});

test.each(['/hang', '/stall'])('%s: a silent server is left after a while', async path => {
  const error = await failure(path, { idleMs: 100 });
  expect(error).toMatchObject({ name: 'DownloadError', [verdict]: retry });
});

test('a download that takes too long ends', async () => {
  const error = await failure('/stall', { timeoutMs: 150 });
  expect(error).toMatchObject({ message: 'The download took longer than 150 ms.', [verdict]: retry });
});

test.each(['/hang', '/stall'])('%s: an abort ends it at once, with the reason that was given', async path => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const ended = failure(path, { signal: controller.signal });
  await waitFor(() => open > 0);
  controller.abort(reason);
  expect(await ended).toBe(reason);
});

test('a body that nobody reads is closed by destroying it', async () => {
  const { body } = await get('/endless');
  body.destroy();
  await waitFor(() => open === 0, { timeoutMs: 2_000 });
});

const hosts = ['cdn.example', '::1'];

test.each([
  ['ftp://cdn.example/x', 'not ftp:'],
  ['https://user:secret@cdn.example/x', 'must not carry'],
  ['https://evil.example/x', 'may not be fetched from "evil.example"'],
  ['https://cdn.example.evil.example/x', 'may not be fetched'],
  ['http://127.0.0.1/x', 'may not be fetched'],
  ['http://0x7f.1/x', 'may not be fetched from "127.0.0.1"'],
  ['http://2130706433/x', 'may not be fetched from "127.0.0.1"'],
  ['http://0177.0.0.1/x', 'may not be fetched from "127.0.0.1"'],
  ['http://127.1/x', 'may not be fetched from "127.0.0.1"'],
  ['http://①②⑦.⓪.⓪.①/x', 'may not be fetched from "127.0.0.1"'],
  ['http://[::ffff:127.0.0.1]/x', 'may not be fetched from "::ffff:7f00:1"'],
  ['http://[0:0:0:0:0:ffff:7f00:1]/x', 'may not be fetched'],
  ['https://cdn.example./x', 'may not be fetched from "cdn.example."'],
  ['https://sub.cdn.example/x', 'may not be fetched'],
])('%s is refused: %s', (url, message) => {
  expect(() => checkUrl(new URL(url), hosts)).toThrow(message);
});

test.each(['https://CDN.example:8443/x', 'http://[::1]:9000/x'])('%s is allowed, whatever its port', url => {
  expect(() => checkUrl(new URL(url), hosts)).not.toThrow();
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fc00::1',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '::127.0.0.1',
  '::ffff:0:10.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b:1::a00:1',
  '2002:a00:1::',
  '2001:0:1:2::a00:1',
  '2001:db8::1',
  'fec0::1',
  'fe80::1%lo',
  '203.0.113.7',
])('%s is no public address', address => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(['1.1.1.1', '172.32.0.1', '192.0.66.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
  '%s is a public address',
  address => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);

function lookUp(name: string, allowed: string[]): Promise<unknown> {
  return new Promise(resolve =>
    guardedLookup(allowed)(name, { all: true }, (error, found) => resolve(error ?? found)),
  );
}

test('a name that leads to a private address is refused, unless the address is named too', async () => {
  // `localhost` stands for any name that resolves to loopback; it counts only when it is named itself.
  expect(await lookUp('localhost', ['cdn.example'])).toMatchObject({
    name: 'DownloadError',
    [verdict]: permanent,
  });
  expect(await lookUp('localhost', ['127.0.0.1', '::1'])).toEqual(
    expect.arrayContaining([expect.anything()]),
  );
  expect(await lookUp('localhost', ['localhost'])).toEqual(expect.arrayContaining([expect.anything()]));
});

/** As a name server of the attacker does: another answer each time. */
function flipping(...answers: string[][]) {
  let asked = 0;
  const resolve = (_name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    const found = answers[Math.min(asked++, answers.length - 1)]!;
    done(
      null,
      found.map(address => ({ address, family: isIP(address) })),
    );
  };
  return { resolve: Object.assign(resolve, lookup), asked: () => asked };
}

test('a connection goes to the address that was checked, though the name would lead elsewhere a moment later', async () => {
  const { resolve, asked } = flipping(['127.0.0.1'], ['10.0.0.1']);
  const url = new URL(`${base.replace('127.0.0.1', 'cdn.example')}/ok.png`);
  const options = { lookup: guardedLookup(['cdn.example', '127.0.0.1'], resolve), agent: false };
  const answer = await new Promise<IncomingMessage>((done, failed) =>
    request(url, options, done).on('error', failed).end(),
  );
  expect([answer.statusCode, answer.socket.remoteAddress, asked()]).toEqual([200, '127.0.0.1', 1]);
  answer.resume();
});

test('a name that leads to a private address among public ones is refused, for every family', async () => {
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fd00::1', '169.254.169.254']) {
    const { resolve } = flipping(['1.1.1.1', address]);
    const found = await new Promise(done =>
      guardedLookup(['cdn.example'], resolve)('cdn.example', { all: true }, (error, all) =>
        done(error ?? all),
      ),
    );
    expect(found).toMatchObject({ name: 'DownloadError', message: expect.stringContaining(address) });
  }
});

test.each([
  ['CDN.Example', 'cdn.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['localhost', 'localhost'],
])('the host %s is known as %s', (text, host) => {
  expect(readHost(text)).toBe(host);
});

test.each([
  'https://cdn.example',
  'cdn.example:8080',
  'cdn.example/x',
  '*.example',
  'u@h',
  'a b',
  '[::1]:80',
  '?',
])('%s is no host alone', text => {
  expect(readHost(text)).toBeNull();
});

test('a download by the name localhost works when it is named', async () => {
  const named = base.replace('127.0.0.1', 'localhost');
  const { body } = await download(`${named}/ok.png`, {
    hosts: ['localhost'],
    signal: new AbortController().signal,
  });
  expect(Buffer.concat(await body.toArray()).length).toBe(png.length);
});

test.each([
  ['ffd8ffe000104a464946', 'jpg'],
  ['52494646aaaaaaaa57454250', 'webp'],
  ['474946383961', 'gif'],
  ['0000001c6674797061766966', 'avif'],
  ['0000001c6674797069736f6d', 'mp4'],
  ['000000146674797071742020', 'mov'],
  ['1a45dfa3', 'webm'],
])('%s is the beginning of a %s', (hex, extension) => {
  expect(recognise(Buffer.from(hex, 'hex'))?.extension).toBe(extension);
});
