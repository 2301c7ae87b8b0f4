import { useEffect, useState } from "preact/hooks";
import { BrowserV2L, type LoadProgress } from "v2l/browser";

/** The demo bundle, beside the page. */
const BUNDLE = "demo/";

export interface Loading {
  readonly v2l: BrowserV2L | null;
  readonly progress: LoadProgress | null;
  readonly error: string | null;
}

/** Loads the bundle once, and frees it with the component. */
export function useV2L(): Loading {
  const [loading, setLoading] = useState<Loading>({ v2l: null, progress: null, error: null });
  useEffect(() => {
    const abort = new AbortController();
    const loaded = BrowserV2L.load({
      bundle: BUNDLE,
      signal: abort.signal,
      onProgress: (progress) => setLoading({ v2l: null, progress, error: null }),
    });
    loaded.then(
      (v2l) => setLoading({ v2l, progress: null, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoading({ v2l: null, progress: null, error: told(error) });
      },
    );
    return () => {
      abort.abort();
      loaded.then(
        (v2l) => v2l.dispose(),
        () => {},
      );
    };
  }, []);
  return loading;
}

/** What a person reads of an error. */
export function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
