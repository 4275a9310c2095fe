// What a test does and sees on a page.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { waitFor } from '../../helpers/wait.ts';

/** Waits until the slate says that the task is in this state. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`[data-state=${state}]`, { timeout: 30_000 });
}

/** Waits until the head of the page says this of its connection. */
export async function waitForConnection(page: Page, connection: string): Promise<void> {
  await page.waitForSelector(`[data-connection=${connection}]`, { timeout: 30_000 });
}

/** Waits until an expression is true in the page. It is text, because this program knows no document. */
export async function waitForTruth(page: Page, expression: string): Promise<void> {
  await waitFor(() => page.evaluate<boolean>(expression), { timeoutMs: 30_000, description: expression });
}

/** Resolves the widths of the pictures on the page once all are loaded; 0 for a broken one. */
export async function pictureWidths(page: Page): Promise<number[]> {
  const pictures = "[...document.querySelectorAll('figure img')]";
  await waitForTruth(page, `${pictures}.length > 0 && ${pictures}.every(picture => picture.complete)`);
  return page.evaluate(`${pictures}.map(picture => picture.naturalWidth)`);
}

/** Counts the streams that the page opens from here on. */
export function countStreams(page: Page): { opened: string[] } {
  const opened: string[] = [];
  page.on('request', request => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('/stream')) opened.push(request.url());
  });
  return { opened };
}

type Finding = { id: string; nodes: { html: string }[] };

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Expects that axe finds nothing to complain of on the page as it stands. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const run = `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`;
  const findings = await page.evaluate<Finding[]>(run);
  const said = findings.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`);
  expect(said, what).toEqual([]);
}
