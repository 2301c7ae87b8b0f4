import { useLayoutEffect, useState } from "preact/hooks";

const KEY = "v2l-theme";
const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Light, dark, or as the system has it; remembered in this browser. */
export function useTheme(): { readonly theme: Theme; next(): void } {
  const [theme, setTheme] = useState<Theme>(() => {
    return THEMES.find((one) => one === localStorage.getItem(KEY)) ?? "system";
  });
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
  }, [theme]);
  const next = () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme);
  return { theme, next };
}
