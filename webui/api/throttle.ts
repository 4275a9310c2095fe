// Runs something at most every so often, and once more after the last call. Nothing else.

export type Throttled = { call: () => void; stop: () => void };

/** `call` runs `action` at once if it did not run within `ms`, else once when that time is over; `stop` drops a waiting run. */
export function throttle(ms: number, action: () => void): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    again = false;
    action();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, ms);
  };
  return {
    call: () => {
      if (timer === undefined) run();
      else again = true;
    },
    stop: () => clearTimeout(timer),
  };
}
