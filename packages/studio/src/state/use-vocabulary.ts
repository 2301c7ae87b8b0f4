import type { CodebookName } from "@v2l/server";
import { useEffect, useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";

const NONE: readonly string[] = [];

/** All words of a codebook; the index is the id. Empty until they are there. */
export function useVocabulary(
  api: ApiClient,
  codebook: CodebookName,
  wanted: boolean,
): readonly string[] {
  const [words, setWords] = useState(NONE);
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    api.vocabulary(codebook).then(
      (all) => current && setWords(all),
      // The page shows ids where it has no words.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [api, codebook, wanted]);
  return words;
}
