import type { Tokens } from "@v2l/server";
import { useCallback, useRef, useState } from "preact/hooks";
import { isAbort, told } from "../api/error.js";
import type { Engine } from "../engine/engine.js";
import type { Source } from "../pictures/source.js";
import { type Edit, editOf, idsOf, withCells, withoutWord, withWord } from "./edit.js";
import { beginHistory, extend, type History, redo, step, undo } from "./history.js";
import { useLatest } from "./use-latest.js";

/** The picture that the page is about. */
export interface Opened {
  readonly source: Source;
  readonly square: Blob;
  readonly tokens: Tokens;
}

export interface Editor {
  readonly opened: Opened | null;
  /** The words now; null without a picture. */
  readonly edit: Edit | null;
  /** The words before any was changed. */
  readonly encoded: Edit | null;
  /** What they decode to. */
  readonly decoded: Blob | null;
  readonly opening: boolean;
  readonly decoding: boolean;
  readonly error: string | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  open(source: Source): Promise<void>;
  /** Puts a token into cells. @param first false: as part of the step before */
  setCells(cells: readonly number[], id: number, first?: boolean): void;
  /** Puts other tokens in, as one step. */
  setTokens(tokens: Tokens): void;
  setWord(index: number, id: number, word: string): void;
  removeWord(index: number): void;
  undo(): void;
  redo(): void;
  reset(): void;
}

/** A picture in words that can be changed, and what the words decode to. */
export function useEditor(engine: Engine): Editor {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [history, setHistory] = useState<History<Edit> | null>(null);
  const [opening, setOpening] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const last = useRef<AbortController | null>(null);
  const decode = useCallback(
    (edit: Edit, signal: AbortSignal) => engine.decode(idsOf(edit), signal),
    [engine],
  );
  const edit = history?.present ?? null;
  const decoding = useLatest(edit, decode);

  async function open(source: Source): Promise<void> {
    last.current?.abort();
    const own = new AbortController();
    last.current = own;
    setOpening(true);
    try {
      const encoded = await engine.encode(source, own.signal);
      if (last.current !== own) return;
      setOpened({ source, ...encoded });
      setHistory(beginHistory(editOf(encoded.tokens)));
      setError(null);
    } catch (cause) {
      if (last.current === own && !isAbort(cause)) setError(told(cause));
    } finally {
      if (last.current === own) setOpening(false);
    }
  }

  function change(make: (edit: Edit) => Edit, record = step<Edit>): void {
    setHistory((now) => {
      if (now === null) return now;
      const next = make(now.present);
      return next === now.present ? now : record(now, next);
    });
  }

  return {
    opened,
    edit,
    encoded: opened && editOf(opened.tokens),
    decoded: decoding.output,
    opening,
    decoding: decoding.busy,
    error: error ?? decoding.error,
    canUndo: (history?.past.length ?? 0) > 0,
    canRedo: (history?.future.length ?? 0) > 0,
    open,
    setCells: (cells, id, first = true) =>
      change((now) => withCells(now, cells, id), first ? step : extend),
    setTokens: (tokens) => change(() => editOf(tokens)),
    setWord: (index, id, word) => change((now) => withWord(now, index, id, word)),
    removeWord: (index) => change((now) => withoutWord(now, index)),
    undo: () => setHistory((now) => now && undo(now)),
    redo: () => setHistory((now) => now && redo(now)),
    reset: () => opened && change(() => editOf(opened.tokens)),
  };
}
