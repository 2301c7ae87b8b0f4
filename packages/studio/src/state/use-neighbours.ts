import type { CodebookName, NeighboursResponse } from "@v2l/server";
import { useEffect, useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";

export type Neighbour = NeighboursResponse["neighbours"][number];

/** Resting on a token for this long asks for its neighbours, in milliseconds. */
const REST = 80;

/** The entries most similar to one; null until they are known. @param id null: of none */
export function useNeighbours(
  api: ApiClient,
  codebook: CodebookName,
  id: number | null,
  count: number,
): readonly Neighbour[] | null {
  const [found, setFound] = useState<NeighboursResponse | null>(null);
  useEffect(() => {
    if (id === null) return;
    let current = true;
    const timer = setTimeout(() => {
      api.neighbours(codebook, id, count).then(
        (answer) => current && setFound(answer),
        () => {},
      );
    }, REST);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [api, codebook, id, count]);
  return found?.token.id === id ? found.neighbours : null;
}
