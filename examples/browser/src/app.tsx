import { TokenGrid, Words } from "@v2l/components";
import { useCallback, useState } from "preact/hooks";
import { Canvas } from "./canvas.js";
import { ChoosePicture } from "./choose-picture.js";
import { ChoosePiece } from "./choose-piece.js";
import { usePicture } from "./use-picture.js";
import { type Loading, useV2L } from "./use-v2l.js";

export function App() {
  const loading = useV2L();
  const { v2l } = loading;
  const picture = usePicture(v2l);
  const [cell, setCell] = useState(0);
  const { shown, busy, error } = picture;
  const open = useCallback((file: Blob) => void picture.open(file), [v2l]);
  return (
    <>
      <h1>Pictures as words</h1>
      <Status loading={loading} busy={busy} />
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <ChoosePicture disabled={v2l === null} onChoose={open} />
      {v2l !== null && shown !== null && (
        <div class="columns">
          <section aria-labelledby="grid">
            <h2 id="grid">Decoded from {shown.tokens.grid.length} local tokens</h2>
            <TokenGrid
              label="Local tokens"
              width={shown.tokens.width}
              height={shown.tokens.height}
              pieces={shown.tokens.pieces}
              selected={cell}
              onSelect={setCell}
              cellClass={(at) => (shown.tokens.grid[at] === shown.encoded[at] ? "" : "changed")}
            >
              <Canvas image={shown.picture} label="The picture decoded from its words" />
            </TokenGrid>
            <button type="button" onClick={() => picture.reset()}>
              Undo all changes
            </button>
          </section>
          <div>
            <ChoosePiece
              vocabulary={v2l.vocabulary("local")}
              tokens={shown.tokens}
              cell={cell}
              onChoose={(id) => picture.change(cell, id)}
            />
            <section aria-labelledby="original">
              <h2 id="original">The picture itself</h2>
              <div class="original">
                <Canvas image={shown.original} label="The picture that became words" />
              </div>
            </section>
            <section aria-labelledby="words">
              <h2 id="words">Global words</h2>
              <Words words={shown.words} />
            </section>
          </div>
        </div>
      )}
    </>
  );
}

function Status({ loading, busy }: { readonly loading: Loading; readonly busy: boolean }) {
  const { v2l, progress, error } = loading;
  if (error !== null) {
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  }
  if (v2l !== null) {
    const threads = v2l.threads === 1 ? "one thread" : `${v2l.threads} threads`;
    const place = v2l.device === "webgpu" ? "WebGPU" : `WebAssembly, ${threads}`;
    return <p role="status">{busy ? "Computing…" : `Ready: ${v2l.manifest.name} on ${place}`}</p>;
  }
  if (progress?.phase !== "download") return <p role="status">Preparing the networks…</p>;
  return (
    <p role="status">
      Loading the bundle <progress value={progress.loaded} max={progress.total} />
    </p>
  );
}
