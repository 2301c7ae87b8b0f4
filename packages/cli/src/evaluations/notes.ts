import type { EvaluationSubject, Table } from "v2l";

/** A table of a language model says that its file was the same, by its hash, before and after. */
export function noteModel({ notes = [], ...table }: Table, { llm }: EvaluationSubject): Table {
  const { id, sha256 } = (llm ?? {}) as { id?: string; sha256?: string | null };
  if (!sha256) return { ...table, notes };
  const apart = notes.length === 0 ? [] : [""];
  return { ...table, notes: [...notes, ...apart, `SHA-256 of ${id} before and after: ${sha256}`] };
}
