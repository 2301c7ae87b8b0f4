import { useRef, useState } from "preact/hooks";
import type { BrowserV2L, GlobalToken, Image, LocalTokens } from "v2l/browser";
import { told } from "./use-v2l.js";

/** A picture in words, and what they show. */
export interface Shown {
  readonly original: Image;
  readonly picture: Image;
  readonly words: readonly GlobalToken[];
  readonly tokens: LocalTokens;
  /** The ids before any of them was changed. */
  readonly encoded: Int32Array;
}

export interface Picture {
  readonly shown: Shown | null;
  readonly busy: boolean;
  readonly error: string | null;
  /** Turns a file into words and back. */
  open(file: Blob): Promise<void>;
  /** Puts another token into a cell and decodes again. */
  change(cell: number, id: number): Promise<void>;
  /** Brings the encoded tokens back. */
  reset(): Promise<void>;
}

export function usePicture(v2l: BrowserV2L | null): Picture {
  const [shown, setShown] = useState<Shown | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  /** What was asked last: only its answer is shown, what was asked before is taken back. */
  const last = useRef<AbortController | null>(null);

  async function ask(work: (v2l: BrowserV2L, signal: AbortSignal) => Promise<Shown>) {
    if (v2l === null) return;
    last.current?.abort();
    const own = new AbortController();
    last.current = own;
    setBusy(true);
    try {
      const next = await work(v2l, own.signal);
      if (last.current !== own) return;
      setShown(next);
      setError(null);
    } catch (cause) {
      if (last.current === own) setError(told(cause));
    } finally {
      if (last.current === own) setBusy(false);
    }
  }

  async function decode(grid: Int32Array) {
    if (v2l === null || shown === null) return;
    // The words change at once, the picture when it is decoded.
    const edited = { ...shown, tokens: v2l.localTokens(grid) };
    setShown(edited);
    await ask(async (ready, signal) => {
      const tokens = { localTokens: edited.tokens, globalTokens: edited.words };
      return { ...edited, picture: await ready.decode(tokens, { signal }) };
    });
  }

  return {
    shown,
    busy,
    error,
    open: (file) =>
      ask(async (ready, signal) => {
        const { original, reconstruction, tokens } = await ready.reconstruct(file, { signal });
        const { globalTokens, localTokens } = tokens;
        return {
          original,
          picture: reconstruction,
          words: globalTokens,
          tokens: localTokens,
          encoded: localTokens.grid,
        };
      }),
    change: async (cell, id) => {
      if (shown !== null) await decode(shown.tokens.grid.with(cell, id));
    },
    reset: async () => {
      if (shown !== null) await decode(shown.encoded);
    },
  };
}
