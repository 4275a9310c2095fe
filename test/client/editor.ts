// What an editor shows of the symbols in a program, asked of the compiler's language server.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

interface Message {
  id?: number | string;
  method?: string;
  result?: { contents?: { value: string } } | null;
}

/** What is shown where the pointer rests on the last character of each line. */
export async function hoversOf(file: string): Promise<string[]> {
  const server = spawn(process.execPath, [tsc, '--lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map<number | string, (message: Message) => void>();
  const send = (message: object) => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  let asked = 0;
  const ask = (method: string, params: object) =>
    new Promise<Message>(resolve => {
      asked += 1;
      waiting.set(asked, resolve);
      send({ id: asked, method, params });
    });
  readMessages(server.stdout, message => {
    if (message.id === undefined) return;
    // What the server itself asks for, it goes without.
    if (message.method !== undefined) send({ id: message.id, result: null });
    else waiting.get(message.id)?.(message);
  });
  try {
    const uri = pathToFileURL(file).href;
    const text = await readFile(file, 'utf8');
    const hover = { contentFormat: ['markdown'] };
    await ask('initialize', { processId: null, rootUri: null, capabilities: { textDocument: { hover } } });
    send({ method: 'initialized', params: {} });
    const textDocument = { uri, languageId: 'typescript', version: 1, text };
    send({ method: 'textDocument/didOpen', params: { textDocument } });
    const lines = text.trimEnd().split('\n');
    const shown = lines.map((line, n) =>
      ask('textDocument/hover', { textDocument: { uri }, position: { line: n, character: line.length - 1 } }),
    );
    return (await Promise.all(shown)).map(({ result }) => result?.contents?.value ?? '');
  } finally {
    server.kill();
  }
}

/** Messages are headers, an empty line, and as many bytes of JSON as they say. */
function readMessages(stream: NodeJS.ReadableStream, hear: (message: Message) => void): void {
  let unread = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const end = unread.indexOf('\r\n\r\n');
      const [, length] = /Content-Length: (\d+)/i.exec(unread.subarray(0, Math.max(end, 0)).toString()) ?? [];
      const begin = end + 4;
      if (end === -1 || unread.length < begin + Number(length)) return;
      const body = unread.subarray(begin, begin + Number(length)).toString();
      unread = unread.subarray(begin + Number(length));
      hear(JSON.parse(body) as Message);
    }
  });
}
