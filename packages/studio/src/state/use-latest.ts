import { useEffect, useRef, useState } from "preact/hooks";
import { isAbort, told } from "../api/error.js";

export interface Latest<O> {
  readonly output: O | null;
  readonly busy: boolean;
  readonly error: string | null;
}

/**
 * Works on the newest input. What is being worked on is finished and shown, so that a picture moves along
 * while a stroke is drawn; inputs that were overtaken meanwhile are skipped.
 * @param input null: nothing to do
 */
export function useLatest<I, O>(
  input: I | null,
  work: (input: I, signal: AbortSignal) => Promise<O>,
): Latest<O> {
  const [latest, setLatest] = useState<Latest<O>>({ output: null, busy: false, error: null });
  const line = useRef({ next: null as (() => Promise<O>) | null, running: false });
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  useEffect(() => {
    if (input === null) return;
    const { signal } = gone.current;
    line.current.next = () => work(input, signal);
    if (!line.current.running) void run();
  }, [input, work]);

  async function run(): Promise<void> {
    line.current.running = true;
    setLatest((before) => ({ ...before, busy: true }));
    for (let next = line.current.next; next !== null; next = line.current.next) {
      line.current.next = null;
      const busy = () => line.current.next !== null;
      try {
        const output = await next();
        setLatest({ output, busy: busy(), error: null });
      } catch (error) {
        const text = isAbort(error) ? null : told(error);
        setLatest(({ output }) => ({ output, busy: busy(), error: text }));
      }
    }
    line.current.running = false;
  }

  return latest;
}
