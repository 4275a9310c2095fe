// What `callsheet up` shows: a few lines for people on a terminal, JSON log lines for everything else.
import { stdout } from 'node:process';
import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import { type Logger, pino } from 'pino';
import type { OnProgress } from '../embedded/index.ts';
import { taskLines } from './task-lines.ts';
import { openTerminalLog, type TerminalLog } from './terminal-log.ts';

export interface Display {
  /** For the rooms of the process: all of it as JSON, on a terminal only what went wrong. */
  log: Logger;
  /** Shows each task of the worker that ends, where people watch. */
  watch: TerminalLog['watch'];
  progress: OnProgress;
  note(text: string): void;
  ready(url: string): void;
  stopping(): void;
  stopped(): void;
}

/** The display that fits: without a terminal, JSON lines on stdout. */
export function openDisplay(level: string): Display {
  return stdout.isTTY ? terminalDisplay(level) : jsonDisplay(pino({ level }));
}

function jsonDisplay(log: Logger): Display {
  let step = '';
  return {
    log,
    // It is in the log.
    watch() {},
    progress(now) {
      if (now.step !== step) log.info(now.step);
      step = now.step;
    },
    note: text => log.info(text),
    ready: url => log.info({ url }, 'ready'),
    stopping: () => log.info('stopping'),
    stopped: () => log.info('stopped'),
  };
}

function terminalDisplay(level: string): Display {
  const line = (text: string) => void stdout.write(`  ${text}\n`);
  const bar = progressLines(line);
  const lines = taskLines({
    write: line,
    columns: () => (stdout.columns || 80) - 3,
    paint: (colour, text) => (stdout.hasColors() ? styleText(colour, text) : text),
  });
  stdout.write('\n  \u001b[1mCallsheet\u001b[22m\n\n');
  return {
    // Each request is noise beside a page that shows what it did, unless somebody asked for more.
    ...openTerminalLog(level, lines),
    progress: bar.show,
    note: line,
    ready(url) {
      bar.end();
      line(`\n  \u001b[1m${url}\u001b[22m\n`);
      line('Open this page and ask for a picture. Ctrl-C stops everything; tasks and pictures are kept.\n');
    },
    stopping() {
      bar.end();
      stdout.write('\n');
      line('Stopping: letting the running tasks finish (Ctrl-C again to stop at once)');
    },
    stopped() {
      lines.flush();
      line('Stopped.');
    },
  };
}

/** One line per step, with a bar below the steps whose size is known. */
function progressLines(line: (text: string) => void): { show: OnProgress; end(): void } {
  const format = {
    format: '  {bar} {percentage} %  {value} of {total} MB',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  };
  let step = '';
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  const show: OnProgress = now => {
    if (now.step !== step) {
      end();
      line(now.step);
    }
    step = now.step;
    if (now.total === undefined) return;
    if (!bar) {
      bar = new SingleBar(format);
      bar.start(Math.ceil(now.total), 0);
    }
    bar.update(Math.round(now.done ?? 0));
  };
  return { show, end };
}
