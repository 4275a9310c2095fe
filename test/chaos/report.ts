// What a run says in the end: a table for people, in Markdown, and what was wrong.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Violations } from './violations.ts';

export interface Outcome {
  title: string;
  figures: [string, string | number][];
  violations: Violations;
  /** Logs and data; kept when something was wrong. */
  folder: string;
}

export function toMarkdown({ title, figures, violations, folder }: Outcome): string {
  const rows = figures.map(([name, value]) => `| ${name} | ${value} |`);
  const wrong = violations.kept.map(({ invariant, what }) => `- **${invariant}** ${what}`);
  const verdict =
    violations.count === 0
      ? 'No invariant was violated.'
      : `**${violations.count} violations.**\n\n${wrong.join('\n')}`;
  return `### ${title}\n\n| seen | |\n|---|---|\n${rows.join('\n')}\n\n${verdict}\n${existsSync(folder) ? `\nLogs and data: ${folder}\n` : ''}`;
}

/** The machine that the figures come from. */
export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]!.toFixed(1);
  return `${cpus().length} cores, ${gigabytes} GB, ${platform()} ${arch()}, Node ${process.versions.node}, load ${load}`;
}

/** Writes the whole report to a file of its own; resolves its path. */
export async function saveReport(directory: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}.md`);
  await writeFile(path, text);
  return path;
}
