/** A picture as a data URL, as requests give it. */
export function toDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("The file could not be read."));
    reader.readAsDataURL(blob);
  });
}

/** The picture of a data URL in an answer. The page's policy lets nothing fetch it. */
export function fromDataUrl(url: string): Blob {
  const comma = url.indexOf(",");
  const type = /^data:([^;,]*)/.exec(url)?.[1] ?? "";
  const bytes = Uint8Array.from(atob(url.slice(comma + 1)), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type });
}
