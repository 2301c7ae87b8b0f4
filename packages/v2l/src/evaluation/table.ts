/** Figures in rows and columns, for Markdown and for reports. */
export interface Table {
  /** What the rows are; none where one table says it all. */
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences below it. */
  readonly notes?: readonly string[];
}

/** A table in Markdown, without a newline at its end. */
export function tableMarkdown({ title, head, rows, notes = [] }: Table): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const above = title === undefined ? [] : [`**${title}**`, ""];
  const below = notes.length === 0 ? [] : ["", ...notes];
  return [...above, ...lines, ...below].join("\n");
}
