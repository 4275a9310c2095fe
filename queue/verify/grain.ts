// How exact stored moments are: what is closer together than this is not told apart.

/*
 * A claim's moment ($$NOW) is taken when its statement begins, its slot only when the statement comes to that document.
 * In between another task may have held the slot and left it: history then shows two holders where there was one after
 * the other. Measured under load: up to 30 ms. A longer overlap is a real one.
 */
export const statementMs = 100;

/** A round claims under the limit that it read at its start; others may have read another one since. */
export const roundMs = 1_000;

/** An insert cannot say $$NOW: `created_at` is a process's own reading of the database's clock. */
export const clockMs = 1_000;
