import type { GlobalToken } from "v2l/browser";

/** The global words, nearest first, with their similarities. */
export function Words({ words }: { readonly words: readonly GlobalToken[] }) {
  return (
    <section aria-labelledby="words">
      <h2 id="words">Global words</h2>
      <ol class="words">
        {words.map(({ id, word, similarity }) => (
          <li key={id}>
            <span>{word}</span>
            <meter
              min={0}
              max={1}
              value={Math.max(0, similarity)}
              aria-label={`${word}, similarity`}
            />
            <span class="number">{similarity.toFixed(3)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
