import { writeLlamaGguf } from "@v2l/llm";
import { fromFloat32, initialize, llamaNetwork, toFloat32 } from "@v2l/nn";
import { demoVocabulary, llamaVocabulary, llmConfig } from "@v2l/train";
import { atomicWrite } from "v2l";

const SEED = 1;

/** Fresh weights score everything nearly alike; four times as large, they prefer some clearly. */
const SPREAD = 4;

/** Writes a model of the demo's shape and vocabulary with random weights, as F16. Speed depends on the shape alone. */
export async function writeRandomModel(path: string): Promise<void> {
  const config = llmConfig({}).model;
  const vocabulary = llamaVocabulary(demoVocabulary());
  const { params } = llamaNetwork(config, vocabulary.pieces.length);
  const tensors = [...initialize(params, SEED)].map(([name, tensor]) => {
    if (tensor.shape.length === 1) return [name, tensor] as const;
    return [
      name,
      fromFloat32(
        toFloat32(tensor).map((x) => SPREAD * x),
        tensor.shape,
      ),
    ] as const;
  });
  await atomicWrite(path, (file) =>
    writeLlamaGguf(file, { name: "random", config, vocabulary, tensors, type: "F16" }),
  );
}
