// The real clock, whose waits pass a hundred times quicker: for providers under real workers.
import { type Clock, realClock } from '../../providers/media/remote/clock.ts';

export const hurriedClock: Clock = { ...realClock, wait: (ms, signal) => realClock.wait(ms / 100, signal) };
