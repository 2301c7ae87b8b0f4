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
  "repairs",
] as const;
export type Kind = (typeof KINDS)[number];

/** Which part of a corpus: no invented word, concept of an episode or gloss is in both. */
export type Part = "train" | "validation";

/** A stretch of a document: text, or pieces of the vocabulary by their ids. */
export interface Span {
  readonly text: string | readonly number[];
  /** Whether it follows from what stands before it: a label, a caption, an answer. */
  readonly answer: boolean;
}

/** One text, read from its first span to its last without anything between them. */
export interface Document {
  readonly kind: Kind;
  readonly spans: readonly Span[];
}

/** Text that the reader is told. */
export function given(text: Span["text"]): Span {
  return { text, answer: false };
}

/** Text that follows from what stands before it. */
export function answer(text: Span["text"]): Span {
  return { text, answer: true };
}

/** The whole text of a document; ids as `<17>`. */
export function documentText(document: Document): string {
  const spelled = ({ text }: Span) => {
    return typeof text === "string" ? text : text.map((id) => `<${id}>`).join("");
  };
  return document.spans.map(spelled).join("");
}
