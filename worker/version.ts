// The version of this package.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Its package.json lies beside the sources, and one folder higher for the compiled files. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const found = read(new URL(path, import.meta.url));
    if (found) return found;
  }
  return 'unknown';
}

const packageSchema = z.object({ name: z.literal('callsheet'), version: z.string() });

function read(url: URL): string | undefined {
  try {
    return packageSchema.parse(JSON.parse(readFileSync(url, 'utf8'))).version;
  } catch {
    return undefined;
  }
}

export const version = readVersion();
