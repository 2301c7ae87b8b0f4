import { Segmented } from "../segmented.js";
import { cellsWhere, middle, type Settings, SIDES } from "./settings.js";

interface Props {
  readonly settings: Settings;
  readonly grid: { readonly width: number; readonly height: number };
  readonly onChange: (next: Partial<Settings>) => void;
}

/** What a task needs to know. */
export function TaskFields({ settings, grid, onChange }: Props) {
  const { task, margins, kernel } = settings;
  switch (task) {
    case "inpainting":
      return <MaskFields settings={settings} grid={grid} onChange={onChange} />;
    case "outpainting":
      return (
        <>
          <Damage
            settings={settings}
            onChange={onChange}
            damage="Hide the sides"
            real="Extend the picture"
          />
          <div class="fields">
            {SIDES.map((side) => (
              <NumberField
                key={side}
                label={`Cells ${side === "top" || side === "bottom" ? `at the ${side}` : side}`}
                value={margins[side]}
                min={0}
                max={grid.width / 2}
                onChange={(cells) => onChange({ margins: { ...margins, [side]: cells } })}
              />
            ))}
          </div>
        </>
      );
    case "deblur":
      return (
        <>
          <Damage
            settings={settings}
            onChange={onChange}
            damage="Blur it first"
            real="It is blurred"
          />
          <NumberField
            label="Side of the blur, in pixels"
            value={kernel}
            min={3}
            max={31}
            step={2}
            onChange={(side) => onChange({ kernel: side % 2 === 1 ? side : side + 1 })}
          />
        </>
      );
    case "shift":
      return (
        <>
          <Damage
            settings={settings}
            onChange={onChange}
            damage="Shift it first"
            real="It is shifted"
          />
          <p class="quiet">The content is this far too much to the left and up:</p>
          <ShiftFields settings={settings} grid={grid} onChange={onChange} />
        </>
      );
    case "rotation":
      return (
        <>
          <Damage
            settings={settings}
            onChange={onChange}
            damage="Turn it first"
            real="It is turned"
          />
          <p class="quiet">The picture was turned counter-clockwise by 90 degrees.</p>
        </>
      );
  }
}

/** Pictures are damaged by the same shift in both directions; found ones may be shifted in any way. */
function ShiftFields({ settings, grid, onChange }: Props) {
  const { shift, damage } = settings;
  const most = grid.width / 4;
  if (damage) {
    return (
      <NumberField
        label="Cells to the left and up"
        value={shift.right}
        min={1}
        max={most}
        onChange={(cells) => onChange({ shift: { right: cells, down: cells } })}
      />
    );
  }
  return (
    <div class="fields">
      <NumberField
        label="Cells to the left"
        value={shift.right}
        min={0}
        max={most}
        onChange={(right) => onChange({ shift: { ...shift, right } })}
      />
      <NumberField
        label="Cells up"
        value={shift.down}
        min={0}
        max={most}
        onChange={(down) => onChange({ shift: { ...shift, down } })}
      />
    </div>
  );
}

function MaskFields({ settings, grid, onChange }: Props) {
  const { size } = settings.mask;
  const presets = [
    ["Middle", () => middle(grid)],
    ["Left half", () => cellsWhere(grid, (_, column) => column < grid.width / 2)],
    ["Chequered", () => cellsWhere(grid, (row, column) => (row + column) % 2 === 0)],
    ["None", () => new Set<number>()],
  ] as const;
  return (
    <>
      <p class="quiet">
        Paint over cells of the picture to hide them; begin on a hidden one to show cells again.
        With the keyboard: arrow keys and Enter.
      </p>
      <div class="actions">
        {presets.map(([name, make]) => (
          <button type="button" class="small" key={name} onClick={() => onChange({ mask: make() })}>
            {name}
          </button>
        ))}
        <span class="quiet" role="status">
          {size} {size === 1 ? "cell" : "cells"} hidden
        </span>
      </div>
    </>
  );
}

interface DamageProps extends Pick<Props, "settings" | "onChange"> {
  readonly damage: string;
  readonly real: string;
}

/** Whether the picture is damaged, or is to be. */
function Damage({ settings, onChange, damage, real }: DamageProps) {
  return (
    <Segmented
      legend="The picture"
      options={[
        ["damage", damage],
        ["real", real],
      ]}
      value={settings.damage ? "damage" : "real"}
      onChange={(value) => onChange({ damage: value === "damage" })}
    />
  );
}

interface NumberProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ label, value, min, max, step = 1, onChange }: NumberProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget }) => {
          const given = Math.trunc(currentTarget.valueAsNumber || 0);
          onChange(Math.min(max, Math.max(min, given)));
        }}
      />
    </label>
  );
}
