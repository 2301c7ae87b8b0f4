import { useId } from "preact/hooks";

interface Props<T extends string> {
  readonly legend: string;
  /** Values with what they are called. */
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly value: T;
  readonly disabled?: boolean;
  /** Keeps the legend for screen readers only. */
  readonly quiet?: boolean;
  readonly onChange: (value: T) => void;
}

/** One of a few values, side by side. */
export function Segmented<T extends string>(props: Props<T>) {
  const { legend, options, value, disabled = false, quiet = false, onChange } = props;
  const name = useId();
  return (
    <fieldset class="segmented" disabled={disabled}>
      <legend class={quiet ? "unseen" : ""}>{legend}</legend>
      <div class="segments">
        {options.map(([option, label]) => (
          <label key={option}>
            <input
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => onChange(option)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
