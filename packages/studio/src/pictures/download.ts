/** Gives a file to the person at the browser. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function downloadJson(value: unknown, name: string): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), name);
}

/** A file's name without what stands after its last dot, and without what file systems refuse. */
export function baseName(name: string): string {
  return name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "-") || "picture";
}
