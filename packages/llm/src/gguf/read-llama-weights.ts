import { open } from "node:fs/promises";
import { expected, type TensorData, V2LError } from "@v2l/nn";
import { officialName } from "./llama-tensors.js";
import { type GgufTensorInfo, readBytes, readGgufHeader } from "./read-gguf-header.js";

const DTYPES = { F32: "float32", F16: "float16" } as const;

/**
 * The tensors of a LLaMA model under their official names (`layers.0.attention.wq.weight`), as the file
 * stores them, rotary pairs neighbours: what `writeLlamaGguf` writes in F32 or F16.
 * @throws V2LError FILE_NOT_FOUND; MODEL_UNREADABLE; UNSUPPORTED for another architecture, and for
 * tensors of another type
 */
export async function readLlamaWeights(path: string): Promise<Map<string, TensorData>> {
  const { metadata, tensors } = await readGgufHeader(path);
  const architecture = metadata.get("general.architecture");
  if (architecture !== "llama") {
    const received = `architecture ${String(architecture)}`;
    throw new V2LError("UNSUPPORTED", expected("a LLaMA model", path, received));
  }
  const file = await open(path, "r");
  try {
    const weights = new Map<string, TensorData>();
    for (const info of tensors) {
      const dtype = dtypeOf(info, path);
      const bytes = await readBytes(file, info.byteLength as number, info.offset);
      weights.set(officialName(info.name), { dtype, shape: info.shape, bytes });
    }
    return weights;
  } finally {
    await file.close();
  }
}

function dtypeOf({ name, type }: GgufTensorInfo, path: string): "float32" | "float16" {
  if (type === "F32" || type === "F16") return DTYPES[type];
  throw new V2LError("UNSUPPORTED", expected("tensors in F32 or F16", path, `${name} in ${type}`));
}
