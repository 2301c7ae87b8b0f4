import type { DecodeRequest, Tokens } from "@v2l/server";

/** A global word; one that was put there by hand has no known similarity to the picture. */
export interface ShownWord {
  readonly id: number;
  readonly word: string;
  readonly similarity: number | null;
}

/** A picture in words, as far as they were changed. */
export interface Edit {
  /** Local ids, row by row. */
  readonly grid: readonly number[];
  readonly words: readonly ShownWord[];
}

export function editOf({ localTokens, globalTokens }: Tokens): Edit {
  const words = globalTokens.map(({ id, word, similarity }) => ({ id, word, similarity }));
  return { grid: localTokens.grid, words };
}

export function withCells(edit: Edit, cells: readonly number[], id: number): Edit {
  if (cells.every((cell) => edit.grid[cell] === id)) return edit;
  const grid = [...edit.grid];
  for (const cell of cells) grid[cell] = id;
  return { ...edit, grid };
}

export function withWord(edit: Edit, index: number, id: number, word: string): Edit {
  return { ...edit, words: edit.words.with(index, { id, word, similarity: null }) };
}

/** The last word stays: the decoder reads at least one. */
export function withoutWord(edit: Edit, index: number): Edit {
  if (edit.words.length === 1) return edit;
  return { ...edit, words: edit.words.toSpliced(index, 1) };
}

/** What the decoder reads. */
export function idsOf({ grid, words }: Edit): DecodeRequest {
  return {
    localTokens: { grid: [...grid] },
    globalTokens: words.map(({ id }) => ({ id })),
  };
}
