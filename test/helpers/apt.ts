// Installs Debian packages that tests need, where that is possible: CI starts on a bare machine.
import { execFileSync } from 'node:child_process';

/** Installs `packages`; false where this is no Debian, the user is not root, or the mirror does not answer. */
export function aptInstall(...packages: string[]): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, { env, timeout: 10 * 60_000, stdio: 'ignore' });
  try {
    apt('update');
    apt('install', '-y', ...packages);
    return true;
  } catch {
    return false;
  }
}
