/** The kinds of text the demo's language model learns from. */
export const KINDS = [
  "scenes",
  "facts",
  "glosses",
  "phrases",
  "lists",
  "copies",
  "fewShot",
  "captions",
  "answers",
] as const;
export type Kind = (typeof KINDS)[number];

/** Which part of a corpus: no invented word, concept of an episode or gloss is in both. */
export type Part = "train" | "validation";

/** A stretch of a document. */
export interface Span {
  readonly text: string;
  /** Whether it follows from what stands before it: a label, a caption, an answer. */
  readonly answer: boolean;
}

/** One text, read from its first span to its last without anything between them. */
export interface Document {
  readonly kind: Kind;
  readonly spans: readonly Span[];
}

/** Text that the reader is told. */
export function given(text: string): Span {
  return { text, answer: false };
}

/** Text that follows from what stands before it. */
export function answer(text: string): Span {
  return { text, answer: true };
}

/** The whole text of a document. */
export function documentText(document: Document): string {
  return document.spans.map(({ text }) => text).join("");
}
