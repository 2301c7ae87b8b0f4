import { useEffect, useMemo, useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";
import { told } from "../api/error.js";
import type { BrowserEngine } from "./browser-engine.js";
import type { Engine } from "./engine.js";
import { serverEngine } from "./server-engine.js";

export interface EngineChoice {
  readonly engine: Engine;
  /** Whether pictures are to be computed in the browser. */
  readonly inBrowser: boolean;
  setInBrowser(wanted: boolean): void;
  /** Where it computes, or how far loading is. */
  readonly status: string;
  readonly error: string | null;
}

interface Local {
  readonly engine: BrowserEngine | null;
  readonly status: string;
  readonly error: string | null;
}

const NOT_THERE: Local = { engine: null, status: "", error: null };

/** Who encodes and decodes. Until the browser is ready, and where it fails, the server does. */
export function useEngine(api: ApiClient): EngineChoice {
  const [inBrowser, setInBrowser] = useState(false);
  const [local, setLocal] = useState(NOT_THERE);
  const server = useMemo(() => serverEngine(api), [api]);
  useEffect(() => {
    if (!inBrowser) return;
    const abort = new AbortController();
    const opened = open(api, abort.signal, (status) => setLocal({ ...NOT_THERE, status }));
    opened.then(
      (engine) => setLocal({ engine, status: `In this browser: ${engine.place}`, error: null }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setInBrowser(false);
        setLocal({ ...NOT_THERE, error: told(error) });
      },
    );
    return () => {
      abort.abort();
      setLocal((now) => ({ ...NOT_THERE, error: now.error }));
      opened.then(
        (engine) => engine.dispose(),
        () => {},
      );
    };
  }, [api, inBrowser]);
  return {
    engine: local.engine ?? server,
    inBrowser,
    setInBrowser(wanted) {
      setLocal(NOT_THERE);
      setInBrowser(wanted);
    },
    status: local.status || "On the server",
    error: local.error,
  };
}

async function open(
  api: ApiClient,
  signal: AbortSignal,
  tell: (status: string) => void,
): Promise<BrowserEngine> {
  tell("Loading the networks…");
  const { openBrowserEngine } = await import("./browser-engine.js");
  return openBrowserEngine(api, {
    signal,
    onProgress: (event) => {
      if (event.phase === "prepare") tell("Preparing the networks…");
      else tell(`Loading the bundle: ${Math.round((100 * event.loaded) / event.total)}%`);
    },
  });
}
