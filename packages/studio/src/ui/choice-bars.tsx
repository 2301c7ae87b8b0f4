import type { Choice } from "@v2l/server";

interface Props {
  readonly choices: readonly Choice[];
  readonly chosen: string;
}

/** Choices with their probabilities, the likeliest first. */
export function ChoiceBars({ choices, chosen }: Props) {
  const sorted = [...choices].sort((a, b) => b.probability - a.probability);
  return (
    <ol class="choices">
      {sorted.map(({ text, probability }) => (
        <li key={text} class={text === chosen ? "chosen" : ""}>
          <span class="word">{text}</span>
          <meter min={0} max={1} value={probability} aria-label={`${text}, probability`} />
          <span class="number">{percent(probability)}</span>
        </li>
      ))}
    </ol>
  );
}

function percent(probability: number): string {
  const percents = 100 * probability;
  if (percents > 0 && percents < 0.1) return "< 0.1%";
  return `${percents.toFixed(1)}%`;
}
