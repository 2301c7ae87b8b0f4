import { useEffect, useState } from "preact/hooks";

interface Props {
  readonly blob: Blob | null;
  readonly alt: string;
  readonly class?: string;
}

/** A picture of which the page has the bytes. */
export function BlobImage({ blob, alt, class: name = "" }: Props) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (blob === null) return setUrl(null);
    const made = URL.createObjectURL(blob);
    setUrl(made);
    // The element may still be reading it when the next picture comes.
    return () => void setTimeout(() => URL.revokeObjectURL(made), 1000);
  }, [blob]);
  if (url === null) return <span class={`no-image ${name}`} />;
  return <img src={url} alt={alt} class={name} draggable={false} />;
}
