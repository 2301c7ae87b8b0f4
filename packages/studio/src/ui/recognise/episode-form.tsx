import { useState } from "preact/hooks";
import type { EpisodeOptions } from "../../state/use-episode.js";

interface Props {
  readonly running: boolean;
  readonly ready: boolean;
  readonly onClassify: (options: EpisodeOptions) => void;
}

export function EpisodeForm({ running, ready, onClassify }: Props) {
  const [words, setWords] = useState(5);
  const [calibrate, setCalibrate] = useState(false);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onClassify({ words, calibrate });
      }}
    >
      <div class="fields">
        <label class="field">
          <span>Words a picture</span>
          <input
            type="number"
            min={0}
            max={21}
            value={words}
            onChange={({ currentTarget }) =>
              setWords(Math.min(21, Math.max(0, Math.trunc(currentTarget.valueAsNumber || 0))))
            }
          />
        </label>
        <label class="check" title="Takes out how likely each class is without any words">
          <input
            type="checkbox"
            checked={calibrate}
            onChange={({ currentTarget }) => setCalibrate(currentTarget.checked)}
          />
          Calibrate
        </label>
      </div>
      <div class="actions">
        <button type="submit" class="primary" disabled={running || !ready}>
          {running ? "Reading…" : "Classify"}
        </button>
      </div>
    </form>
  );
}
