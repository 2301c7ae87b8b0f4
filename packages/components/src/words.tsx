import type { ComponentChildren } from "preact";

/** A word of a picture; null: how similar it is to the picture is not known. */
export interface ListedWord {
  readonly word: string;
  readonly similarity: number | null;
}

interface Props<W extends ListedWord> {
  readonly words: readonly W[];
  /** What stands after a word, for instance buttons. */
  readonly after?: (word: W, index: number) => ComponentChildren;
}

/** Words in their order, with their similarities. */
export function Words<W extends ListedWord>({ words, after }: Props<W>) {
  return (
    <ol class="words">
      {words.map((word, index) => (
        <li key={index}>
          <span class="word">{word.word}</span>
          {word.similarity === null ? (
            <span class="bar" />
          ) : (
            <meter
              min={0}
              max={1}
              value={Math.max(0, word.similarity)}
              aria-label={`${word.word}, similarity`}
            />
          )}
          <span class="number">{word.similarity?.toFixed(3) ?? "–"}</span>
          {after?.(word, index)}
        </li>
      ))}
    </ol>
  );
}
