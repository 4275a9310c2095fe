// A breadth-first explorer: visits every state that a model can reach, and shows the shortest way to a wrong one.

/** What may happen next: its name for people, and the state after it. */
export type Step<State> = readonly [name: string, next: State];

export interface Model<State> {
  initial: State;
  actions: (state: State) => Iterable<Step<State>>;
  /** What is wrong with a state; null when nothing is. */
  invariant: (state: State) => string | null;
  /** What must stay reachable from every state: a state from which it is not is stuck. */
  goal?: (state: State) => boolean;
  /** The same for states that need not be told apart. */
  key?: (state: State) => string;
}

export interface Exploration {
  states: number;
  /** The first thing that is wrong, with the shortest way there. */
  wrong: { what: string; steps: string[] } | null;
}

/** Explores all reachable states; throws when there are more than `maxStates`. */
export function explore<State>(model: Model<State>, maxStates = 2_000_000): Exploration {
  const { actions, invariant, goal, key = JSON.stringify } = model;
  const visited: Visited[] = [];
  const indexes = new Map<string, number>();
  const waiting: { state: State; index: number }[] = [];
  const visit = (state: State, cameBy: string, from: number) => {
    const name = key(state);
    const known = indexes.get(name);
    if (known !== undefined) return void visited[known]!.before.push(from);
    if (visited.length >= maxStates) throw new Error(`More than ${maxStates} states.`);
    indexes.set(name, visited.length);
    waiting.push({ state, index: visited.length });
    visited.push({ cameBy, before: [from], good: goal?.(state) ?? true });
  };
  visit(model.initial, 'start', -1);
  for (let at = 0; at < waiting.length; at++) {
    const { state, index } = waiting[at]!;
    const what = invariant(state);
    if (what) return { states: visited.length, wrong: { what, steps: wayTo(index, visited) } };
    for (const [name, next] of actions(state)) visit(next, name, index);
    // A visited state is not needed again.
    if (at % 10_000 === 9_999) at -= waiting.splice(0, at + 1).length;
  }
  const stuck = findStuck(visited);
  const wrong =
    stuck < 0 ? null : { what: 'stuck: the goal cannot be reached', steps: wayTo(stuck, visited) };
  return { states: visited.length, wrong };
}

interface Visited {
  cameBy: string;
  /** From where it can be reached; the first one is on the shortest way. */
  before: number[];
  /** A goal can be reached from it. */
  good: boolean;
}

function wayTo(index: number, visited: readonly Visited[]): string[] {
  const steps: string[] = [];
  for (let at = index; at > 0; at = visited[at]!.before[0]!) steps.push(visited[at]!.cameBy);
  return steps.reverse();
}

/** The first state from which no goal can be reached, or -1. */
function findStuck(visited: readonly Visited[]): number {
  const spreading = [...visited.keys()].filter(index => visited[index]!.good);
  for (let index = spreading.pop(); index !== undefined; index = spreading.pop())
    for (const before of visited[index]!.before)
      if (before >= 0 && !visited[before]!.good) {
        visited[before]!.good = true;
        spreading.push(before);
      }
  return visited.findIndex(({ good }) => !good);
}
