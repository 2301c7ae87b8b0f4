import type { EvaluationSubject } from "v2l";

/** The line below tables of a language model: its file is hashed before and after. */
export function unchangedModel({ llm }: EvaluationSubject): string[] {
  const { id, sha256 } = (llm ?? {}) as { id?: string; sha256?: string | null };
  return sha256 ? ["", `SHA-256 of ${id} before and after: ${sha256}`] : [];
}
