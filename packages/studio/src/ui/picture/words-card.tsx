import { Words } from "@v2l/components";
import { useState } from "preact/hooks";
import type { ApiClient } from "../../api/client.js";
import type { Edit } from "../../state/edit.js";
import type { Editor } from "../../state/use-editor.js";
import { Icon } from "../icon.js";
import { SwapWord } from "./swap-word.js";

interface Props {
  readonly api: ApiClient;
  readonly editor: Editor;
  readonly edit: Edit;
  /** All global words. */
  readonly vocabulary: readonly string[];
}

/** As many as most tasks read, and a few more. */
const SHOWN = 8;

/** The words nearest to the whole picture, which the decoder reads beside the grid. */
export function WordsCard({ api, editor, edit, vocabulary }: Props) {
  const [all, setAll] = useState(false);
  const [swapping, setSwapping] = useState<number | null>(null);
  const { words } = edit;
  const shown = all ? words : words.slice(0, SHOWN);
  const only = words.length === 1;
  return (
    <section class="card words-card" aria-labelledby="words-title">
      <h2 id="words-title">Global words</h2>
      <p class="quiet">
        Nearest to the whole picture, with their similarity. Swap or delete some and see what the
        decoder does.
      </p>
      <Words
        words={shown}
        after={({ word }, index) => (
          <>
            <span class="word-tools">
              <button
                type="button"
                class="round"
                title="Swap"
                aria-expanded={swapping === index}
                onClick={() => setSwapping(swapping === index ? null : index)}
              >
                <Icon name="swap" />
                <span class="unseen">Swap {word}</span>
              </button>
              <button
                type="button"
                class="round"
                title={only ? "The decoder reads at least one word" : "Delete"}
                disabled={only}
                onClick={() => {
                  setSwapping(null);
                  editor.removeWord(index);
                }}
              >
                <Icon name="close" />
                <span class="unseen">Delete {word}</span>
              </button>
            </span>
            {swapping === index && (
              <SwapWord
                api={api}
                word={words[index] as Edit["words"][number]}
                vocabulary={vocabulary}
                onChoose={(id) => {
                  editor.setWord(index, id, vocabulary[id] ?? `#${id}`);
                  setSwapping(null);
                }}
              />
            )}
          </>
        )}
      />
      {words.length > SHOWN && (
        <button type="button" class="small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the first ${SHOWN}` : `Show all ${words.length}`}
        </button>
      )}
    </section>
  );
}
