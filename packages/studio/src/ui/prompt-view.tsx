interface Props {
  readonly prompt: { readonly text: string; readonly tokens: number };
  readonly open?: boolean;
}

/** What the language model read, to the letter. */
export function PromptView({ prompt, open = false }: Props) {
  return (
    <details class="prompt" open={open}>
      <summary>
        The prompt <span class="quiet">({prompt.tokens} tokens)</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys */}
      <pre tabIndex={0}>{prompt.text}</pre>
    </details>
  );
}
