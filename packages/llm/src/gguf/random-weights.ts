import { type FileHandle, open } from "node:fs/promises";
import { elements, expected, Random, V2LError } from "@v2l/nn";
import {
  type GgufHeader,
  type GgufTensorInfo,
  readBytes,
  readGgufHeader,
} from "./read-gguf-header.js";
import { encodeValues, type GgufWeightType, WEIGHT_TYPES, writeAt } from "./values.js";

/** Standard deviation of tables of embeddings. */
const EMBEDDING_STD = 0.02;

/**
 * Writes a copy of a GGUF model into an open, empty file in which every weight is what it might have
 * been before training: same architecture, vocabulary, sizes and types, nothing learned. Matrices are
 * normal with deviation `inputs ** -0.5`, those that write to the residual stream smaller by
 * `(2 layers) ** -0.5`, embeddings and output 0.02; norms are one, biases zero (GPT-2's rule).
 * Holds one tensor in memory at a time.
 * @param path of the model, with tensors in F32, F16 or Q8_0
 * @param seed equal seeds give equal weights
 * @throws V2LError FILE_NOT_FOUND; MODEL_UNREADABLE; UNSUPPORTED for tensors of another type
 */
export async function writeRandomWeights(
  file: FileHandle,
  path: string,
  seed: number,
): Promise<void> {
  const header = await readGgufHeader(path);
  const types = header.tensors.map((tensor) => storedType(tensor, path));
  await copyHeader(path, file, header);
  const random = new Random(seed);
  for (const [i, tensor] of header.tensors.entries()) {
    const values = initialValues(tensor, header, random);
    await writeAt(file, encodeValues(values, types[i] as GgufWeightType), tensor.offset);
  }
}

function storedType({ name, type }: GgufTensorInfo, path: string): GgufWeightType {
  const known = WEIGHT_TYPES.find((one) => one === type);
  if (known !== undefined) return known;
  const what = `tensors in ${WEIGHT_TYPES.join(", ")}`;
  throw new V2LError("UNSUPPORTED", expected(what, path, `${name} in ${type}`));
}

/** Copies what stands before the tensors, and makes the file as long as its model. */
async function copyHeader(path: string, file: FileHandle, { tensors }: GgufHeader): Promise<void> {
  const source = await open(path, "r");
  try {
    const { size } = await source.stat();
    const length = Math.min(size, ...tensors.map(({ offset }) => offset));
    await writeAt(file, await readBytes(source, length), 0);
    await file.truncate(size);
  } finally {
    await source.close();
  }
}

function initialValues(
  { name, shape }: GgufTensorInfo,
  { metadata }: GgufHeader,
  random: Random,
): Float32Array {
  const values = new Float32Array(elements(shape));
  if (/norm\.weight$/.test(name)) return values.fill(1);
  if (shape.length === 1) return values;
  const layers = Number(metadata.get(`${metadata.get("general.architecture")}.block_count`) ?? 1);
  const deep = /(attn_output|ffn_down)\.weight$/.test(name) ? (2 * layers) ** -0.5 : 1;
  const embeds = name === "token_embd.weight" || name === "output.weight";
  const std = embeds ? EMBEDDING_STD : (shape.at(-1) as number) ** -0.5 * deep;
  return values.map(() => std * random.normal());
}
