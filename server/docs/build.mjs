// Puts the files of the page /docs into dist/docs: ours, and Swagger UI's, which is no dependency of the package itself.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname;
const to = resolve(here, '../../dist/docs');
const swagger = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

mkdirSync(to, { recursive: true });
for (const file of ['docs.js', 'docs.css']) cpSync(join(here, file), join(to, file));
for (const file of [
  'swagger-ui-bundle.js',
  'swagger-ui.css',
  'LICENSE',
  'NOTICE',
  'swagger-ui-bundle.js.LICENSE.txt',
])
  cpSync(join(swagger, file), join(to, file));
// The last one: it tells that the others are there.
cpSync(join(here, 'index.html'), join(to, 'index.html'));
