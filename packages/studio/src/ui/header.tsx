import type { Info } from "@v2l/server";
import type { EngineChoice } from "../engine/use-engine.js";
import { useTheme } from "../state/use-theme.js";
import { Icon } from "./icon.js";

interface Props {
  readonly info: Info | null;
  readonly choice: EngineChoice;
}

const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;

export function Header({ info, choice }: Props) {
  const { theme, next } = useTheme();
  return (
    <header class="top">
      <div class="brand">
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <div>
          <strong>v2l studio</strong>
          <span class="quiet tagline">Pictures as words of a language model, and back</span>
        </div>
      </div>
      <div class="top-tools">
        {info && (
          <span class="quiet models">
            {info.bundle.name} bundle
            {info.llm ? `, language model ${info.llm.id}` : ", no language model"}
          </span>
        )}
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={choice.inBrowser}
            aria-checked={choice.inBrowser}
            disabled={info === null}
            onChange={({ currentTarget }) => choice.setInBrowser(currentTarget.checked)}
          />
          <span>
            Compute in this browser
            <small class="quiet" role="status">
              {choice.status}
            </small>
          </span>
        </label>
        <button type="button" class="round" onClick={next} title={`Colours: ${theme}`}>
          <Icon name={THEME_ICONS[theme]} />
          <span class="unseen">Colours: {theme}. Change</span>
        </button>
      </div>
    </header>
  );
}
