import { fillTemplates, IMAGENET_TEMPLATES } from "../templates.js";
import { norm } from "../v2l/lexicon.js";
import type { V2L } from "../v2l/v2l.js";

/**
 * CLIP's unit embeddings of class names, as for zero-shot recognition: the mean of the unit embeddings
 * over the 80 ImageNet templates, brought to unit length.
 * @throws V2LError UNSUPPORTED where the bundle has no text half of CLIP
 */
export async function embedClassNames(
  v2l: Pick<V2L, "embedText">,
  names: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<Map<string, Float32Array>> {
  const batchSize = IMAGENET_TEMPLATES.length;
  const embeddings = new Map<string, Float32Array>();
  for (const name of names) {
    options.signal?.throwIfAborted();
    const rows = await v2l.embedText(fillTemplates(name), { batchSize });
    embeddings.set(name, unitMean(rows));
  }
  return embeddings;
}

function unitMean(rows: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(rows[0]?.length ?? 0).map((_, d) => {
    return rows.reduce((sum, row) => sum + (row[d] as number), 0) / rows.length;
  });
  const length = norm(mean);
  return mean.map((value) => value / length);
}
