import type { Info } from "@v2l/server";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiClient } from "../api/client.js";
import { ApiError, told } from "../api/error.js";
import { type Source, sourceOfScene } from "../pictures/source.js";

/** Where the token is kept: until the tab is closed. */
const TOKEN = "v2l-token";

export interface Session {
  readonly api: ApiClient;
  readonly info: Info | null;
  /** The demo scenes with their pictures. */
  readonly scenes: readonly Source[];
  readonly error: string | null;
  /** Whether the server wants a token, and `wrong` where it was given another. */
  readonly asksForToken: "no" | "yes" | "wrong";
  giveToken(token: string): void;
  retry(): void;
}

type Known = Pick<Session, "info" | "scenes" | "error">;

const NOTHING: Known = { info: null, scenes: [], error: null };

/** What the server has, once it lets the page in. */
export function useSession(): Session {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN));
  const [asksForToken, setAsks] = useState<Session["asksForToken"]>("no");
  const [known, setKnown] = useState(NOTHING);
  const [tries, setTries] = useState(0);
  const api = useMemo(() => {
    return new ApiClient(token, () => setAsks(token === null ? "yes" : "wrong"));
  }, [token]);
  useEffect(() => {
    let current = true;
    const tell = (next: Partial<Known>) => {
      if (current) setKnown((before) => ({ ...before, error: null, ...next }));
    };
    load(api, tell).catch((error: unknown) => {
      const refused = error instanceof ApiError && error.code === "UNAUTHORIZED";
      tell({ error: refused ? null : told(error) });
    });
    return () => {
      current = false;
    };
  }, [api, tries]);
  return {
    api,
    ...known,
    asksForToken,
    giveToken(given) {
      sessionStorage.setItem(TOKEN, given);
      setAsks("no");
      setToken(given);
      setTries((n) => n + 1);
    },
    retry: () => setTries((n) => n + 1),
  };
}

async function load(api: ApiClient, tell: (known: Partial<Known>) => void): Promise<void> {
  tell({ info: await api.info() });
  const scenes = await api.scenes();
  const sources = scenes.map(async (scene) => {
    return sourceOfScene(scene, await api.scenePicture(scene.name));
  });
  tell({ scenes: await Promise.all(sources) });
}
