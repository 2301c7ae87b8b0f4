import { useMemo, useState } from "preact/hooks";

/** How many words are listed at once. */
const LISTED = 40;

interface Props {
  /** The index is the id. */
  readonly vocabulary: readonly string[];
  /** Ids to list as long as nothing is searched for. */
  readonly suggested: Iterable<number>;
  readonly label: string;
  /** What the list is called. */
  readonly listLabel: string;
  readonly placeholder: string;
  readonly onChoose: (id: number) => void;
}

/** Choosing an entry of a vocabulary: a search field, and what it finds. */
export function WordSearch(props: Props) {
  const { vocabulary, suggested, label, listLabel, placeholder, onChoose } = props;
  const [query, setQuery] = useState("");
  const found = useMemo(() => {
    return matches(vocabulary, suggested, query.trim().toLowerCase());
  }, [query, suggested, vocabulary]);
  return (
    <div class="word-search">
      <label>
        {label}{" "}
        <input
          type="search"
          value={query}
          placeholder={placeholder}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
      </label>
      <ul aria-label={listLabel}>
        {found.map((id) => (
          <li key={id}>
            <button type="button" onClick={() => onChoose(id)}>
              {vocabulary[id]}
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && query !== "" && <p class="quiet">Nothing has these letters.</p>}
    </div>
  );
}

/** The suggested ids, or those whose words have the letters: words that begin with them first. */
function matches(
  vocabulary: readonly string[],
  suggested: Iterable<number>,
  letters: string,
): number[] {
  if (letters === "") return [...new Set(suggested)].slice(0, LISTED);
  const first: number[] = [];
  const others: number[] = [];
  for (const [id, word] of vocabulary.entries()) {
    const at = word.replace(/^▁/, "").toLowerCase().indexOf(letters.replace(/^▁/, ""));
    if (at === 0) first.push(id);
    else if (at > 0) others.push(id);
  }
  const shorter = (a: number, b: number) => wordLength(vocabulary, a) - wordLength(vocabulary, b);
  return [...first.sort(shorter), ...others.sort(shorter)].slice(0, LISTED);
}

function wordLength(vocabulary: readonly string[], id: number): number {
  return vocabulary[id]?.length ?? 0;
}
