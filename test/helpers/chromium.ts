// A real browser for tests: one per test file, closed after it.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, test } from 'vitest';
import { findChromium } from './find-chromium.ts';

const path = findChromium();
let browser: Promise<Browser> | undefined;

afterAll(async () => {
  await (await browser)?.close();
});

/** `test` where there is a browser. Without one it is skipped, but never in CI: there it fails. */
export const browserTest = path || process.env.CI ? test : test.skip;

/** Resolves the file's browser, started at the first call. */
function openBrowser(): Promise<Browser> {
  if (!path) throw new Error('There is no Chrome or Chromium: install one, or set CHROMIUM_PATH');
  // Chromium refuses its sandbox to root, and CI runs as root; /dev/shm is small in containers.
  browser ??= chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return browser;
}

export interface OpenPage {
  page: Page;
  /** What the page threw or wrote to its console as an error so far. */
  errors: string[];
}

/** Resolves a page of its own profile (no cookies, no storage of others) in the file's browser. */
export async function openPage(options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await (await openBrowser()).newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, errors };
}
