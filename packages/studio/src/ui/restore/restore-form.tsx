import { Segmented } from "../segmented.js";
import type { RestorationTask, Settings } from "./settings.js";
import { TaskFields } from "./task-fields.js";

interface Props {
  readonly settings: Settings;
  readonly grid: { readonly width: number; readonly height: number };
  readonly disabled: boolean;
  /** Why it cannot begin. */
  readonly obstacle: string | null;
  readonly onChange: (next: Partial<Settings>) => void;
  readonly onStart: () => void;
  readonly onStop: () => void;
}

const TASKS: readonly (readonly [RestorationTask, string])[] = [
  ["inpainting", "Inpaint"],
  ["outpainting", "Outpaint"],
  ["deblur", "Deblur"],
  ["shift", "Unshift"],
  ["rotation", "Unrotate"],
];

export function RestoreForm(props: Props) {
  const { settings, grid, disabled, obstacle, onChange, onStart, onStop } = props;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!disabled && obstacle === null) onStart();
      }}
    >
      <Segmented
        legend="Task"
        quiet
        options={TASKS}
        value={settings.task}
        disabled={disabled}
        onChange={(task) => onChange({ task })}
      />
      <fieldset class="plain stack" disabled={disabled}>
        <legend class="unseen">Details</legend>
        <TaskFields settings={settings} grid={grid} onChange={onChange} />
        <label class="check">
          <input
            type="checkbox"
            checked={settings.learn}
            onChange={({ currentTarget }) => onChange({ learn: currentTarget.checked })}
          />
          Show the model the demo scenes as examples
        </label>
        <Segmented
          legend="Pace"
          options={[
            ["steps", "Token by token"],
            ["fast", "Fast"],
          ]}
          value={settings.pace}
          disabled={disabled}
          onChange={(pace) => onChange({ pace })}
        />
        <Sampling settings={settings} onChange={onChange} />
      </fieldset>
      <div class="actions">
        {/* Keys: a click on one must not end on the other, which takes its place. */}
        {disabled ? (
          <button type="button" key="stop" onClick={onStop}>
            Stop
          </button>
        ) : (
          <button type="submit" key="start" class="primary" disabled={obstacle !== null}>
            Restore
          </button>
        )}
        {!disabled && obstacle !== null && <span class="quiet">{obstacle}</span>}
      </div>
    </form>
  );
}

function Sampling({ settings, onChange }: Pick<Props, "settings" | "onChange">) {
  return (
    <details>
      <summary>Sampling</summary>
      <div class="fields">
        <label class="field">
          <span>Temperature</span>
          <input
            type="number"
            min={0}
            max={2}
            step={0.1}
            value={settings.temperature}
            onChange={({ currentTarget }) =>
              onChange({ temperature: currentTarget.valueAsNumber || 0 })
            }
          />
        </label>
        <label class="field">
          <span>Seed</span>
          <input
            type="number"
            step={1}
            value={settings.seed}
            onChange={({ currentTarget }) =>
              onChange({ seed: Math.trunc(currentTarget.valueAsNumber) || 0 })
            }
          />
        </label>
      </div>
    </details>
  );
}
