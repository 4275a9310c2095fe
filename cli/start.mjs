// What `npm start` runs: makes a bare clone ready, then is `callsheet up`, in this same process, so that a signal has one receiver.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, refuseNode, root } from './prepare.mjs';

const refusal = refuseNode();
if (refusal) fail(refusal, 2);
const say = text =>
  console.log(
    process.stdout.isTTY ? `  ${text}` : JSON.stringify({ level: 30, time: Date.now(), msg: text }),
  );
await prepare(say).catch(error => fail(error.message, 1));

process.argv.splice(1, 1, join(root, 'dist', 'cli', 'main.js'), 'up');
await import(pathToFileURL(process.argv[1]).href);

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
