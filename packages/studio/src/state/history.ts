/** A value with what it was before, and what was taken back. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

/** More steps are forgotten. */
const MOST_STEPS = 200;

export function beginHistory<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** A step that can be undone. */
export function step<T>({ past, present }: History<T>, next: T): History<T> {
  return { past: [...past, present].slice(-MOST_STEPS), present: next, future: [] };
}

/** More of the last step. */
export function extend<T>(history: History<T>, next: T): History<T> {
  return history.past.length === 0 ? step(history, next) : { ...history, present: next };
}

export function undo<T>({ past, present, future }: History<T>): History<T> {
  const last = past.at(-1);
  if (last === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: last, future: [present, ...future] };
}

export function redo<T>({ past, present, future }: History<T>): History<T> {
  const [next, ...rest] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: next, future: rest };
}
