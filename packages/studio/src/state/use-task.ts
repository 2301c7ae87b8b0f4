import { useEffect, useRef, useState } from "preact/hooks";
import { isAbort, told } from "../api/error.js";

export interface Task {
  readonly running: boolean;
  readonly error: string | null;
  /** Runs work that may be stopped; it ends what ran before. */
  run(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  stop(): void;
}

/** Work of which there is one at a time, and what went wrong with it. */
export function useTask(): Task {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const last = useRef<AbortController | null>(null);
  useEffect(() => () => last.current?.abort(), []);
  return {
    running,
    error,
    async run(work) {
      last.current?.abort();
      const own = new AbortController();
      last.current = own;
      setRunning(true);
      setError(null);
      try {
        await work(own.signal);
      } catch (cause) {
        if (last.current === own && !isAbort(cause)) setError(told(cause));
      } finally {
        if (last.current === own) setRunning(false);
      }
    },
    stop: () => last.current?.abort(),
  };
}
