// Lints the description of the app as it is without actors and with some; `npm run check` runs it. Asks nobody else.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeApi } from '../../../server/openapi/document.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-openapi-'));
const tree = { type: 'object', properties: { below: { $ref: '#' } } };
const actors = ['echo', 'media', 'unknown-to-the-world'].map(_id => ({
  _id,
  description: `The ${_id} actor`,
  input: JSON.stringify(tree),
  output: null,
}));

const files = { 'bare.json': describeApi([]), 'actors.json': describeApi(actors, '/queue') };
for (const [name, api] of Object.entries(files))
  writeFileSync(join(folder, name), JSON.stringify(api, null, 1));
const { status } = spawnSync(
  process.execPath,
  [
    fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js')),
    'lint',
    ...Object.keys(files).map(name => join(folder, name)),
    '--config',
    join(import.meta.dirname, 'redocly.yaml'),
    '--max-problems=20',
  ],
  {
    stdio: 'inherit',
    // It would ask whether there is a newer one, and tell how it is used.
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  },
);
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
