import { globalTokens } from "@v2l/nn";
import { noGrad, scope, type Tensor, type TorchOps } from "@v2l/torch";

/**
 * The embeddings of each picture's global words.
 * @param features CLIP's image embeddings [N,D], of any length
 * @param codebook global codebook [V,D]
 * @returns [N,count,D], nearest first
 */
export function globalEmbeddings(
  ops: TorchOps,
  features: Tensor,
  codebook: Tensor,
  count: number,
): Tensor {
  const run = {
    ops,
    training: false,
    weight: () => codebook,
  };
  return noGrad(() =>
    scope(() => {
      const { indices } = globalTokens(run, features, codebook, count);
      return ops.embedding(codebook, indices);
    }),
  );
}
