import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkWeights,
  clipNetwork,
  discriminatorNetwork,
  elements,
  fromFloat32,
  initialize,
  lpipsNetwork,
  mapHuggingFaceClip,
  mapLpips,
  type TensorData,
  toFloat32,
} from "../src/index.js";

const { params } = discriminatorNetwork();

function moments(tensor: TensorData | undefined) {
  const values = toFloat32(tensor as TensorData);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), max: values.reduce((a, b) => Math.max(a, b)) };
}

test("fresh weights have the distributions of the official start", () => {
  const weights = initialize(params, 1);
  checkWeights(params, weights);
  // Convolutions N(0, 0.02), norm scales N(1, 0.02); five standard errors of 524,288 and 256 values.
  const kernel = moments(weights.get("discriminator.main.5.weight"));
  assert.ok(Math.abs(kernel.mean) < 1.4e-4 && Math.abs(kernel.std - 0.02) < 1e-4);
  const scale = moments(weights.get("discriminator.main.6.weight"));
  assert.ok(Math.abs(scale.mean - 1) < 6.3e-3 && Math.abs(scale.std - 0.02) < 4.5e-3);
  // PyTorch's convolution bias: uniform up to fan-in^-1/2 = 1/sqrt(3*16), of variance bound^2/3.
  const bias = moments(weights.get("discriminator.main.0.bias"));
  assert.ok(bias.max <= 48 ** -0.5 && Math.abs(bias.std - (3 * 48) ** -0.5) < 0.03);
  assert.deepEqual(moments(weights.get("discriminator.main.3.running_var")).std, 0);
});

test("a parameter's start depends on the seed and its name, not on its neighbours", () => {
  const name = "discriminator.main.5.weight";
  const only = initialize(
    params.filter((spec) => spec.name === name),
    1,
  ).get(name);
  assert.deepEqual(only, initialize(params, 1).get(name));
  assert.notDeepEqual(only, initialize(params, 2).get(name));
});

test("missing, unexpected and misshapen tensors are all listed by name", () => {
  const weights = initialize(params, 1);
  weights.delete("discriminator.main.0.bias");
  weights.set("discriminator.main.8.bias", fromFloat32(new Float32Array(2), [2]));
  weights.set("extra", fromFloat32(new Float32Array(1), [1]));
  assert.throws(
    () => checkWeights(params, weights),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, "CHECKPOINT_MISMATCH");
      assert.deepEqual(error.message.split("\n").slice(1), [
        "missing discriminator.main.0.bias [64]",
        "shape of discriminator.main.8.bias: expected [1] but received [2]",
        "unexpected extra",
      ]);
      return true;
    },
  );
});

/** Counts up from `start`, so that every element is unlike the others. */
function counting(shape: readonly number[], start = 0): TensorData {
  return fromFloat32(
    Float32Array.from({ length: elements(shape) }, (_, i) => start + i),
    shape,
  );
}

/** Names of Hugging Face's CLIPModel with one layer per tower, width 4 (transformers 4). */
function huggingFace(): Map<string, TensorData> {
  const weights = new Map<string, TensorData>();
  const add = (name: string, ...shape: number[]) =>
    weights.set(name, counting(shape, weights.size));
  for (const tower of ["vision_model", "text_model"]) {
    const layer = `${tower}.encoder.layers.0`;
    for (const part of ["q_proj", "k_proj", "v_proj", "out_proj"]) {
      add(`${layer}.self_attn.${part}.weight`, 4, 4);
      add(`${layer}.self_attn.${part}.bias`, 4);
    }
    for (const [part, ...shape] of [
      ["mlp.fc1", 16, 4],
      ["mlp.fc2", 4, 16],
      ["layer_norm1", 4],
      ["layer_norm2", 4],
    ] as [string, ...number[]][]) {
      add(`${layer}.${part}.weight`, ...shape);
      add(`${layer}.${part}.bias`, shape[0] as number);
    }
  }
  for (const norm of [
    "vision_model.pre_layrnorm",
    "vision_model.post_layernorm",
    "text_model.final_layer_norm",
  ]) {
    add(`${norm}.weight`, 4);
    add(`${norm}.bias`, 4);
  }
  add("vision_model.embeddings.class_embedding", 4);
  add("vision_model.embeddings.patch_embedding.weight", 4, 3, 2, 2);
  add("vision_model.embeddings.position_embedding.weight", 5, 4);
  add("vision_model.embeddings.position_ids", 1, 5);
  add("text_model.embeddings.token_embedding.weight", 10, 4);
  add("text_model.embeddings.position_embedding.weight", 6, 4);
  add("text_model.embeddings.position_ids", 1, 6);
  add("visual_projection.weight", 3, 4);
  add("text_projection.weight", 3, 4);
  add("logit_scale");
  return weights;
}

test("Hugging Face's CLIP becomes OpenAI's: joined projections, transposed output matrices", () => {
  const source = huggingFace();
  const mapped = mapHuggingFaceClip(source);
  const { params } = clipNetwork({
    embedDim: 3,
    vision: { imageSize: 4, patchSize: 2, width: 4, layers: 1, heads: 2 },
    text: { contextLength: 6, vocabSize: 10, width: 4, layers: 1, heads: 2 },
  });
  checkWeights(params, mapped);
  const read = (from: Map<string, TensorData>, name: string) => {
    return [...toFloat32(from.get(name) as TensorData)];
  };
  const layer = "text_model.encoder.layers.0.self_attn";
  assert.deepEqual(
    read(mapped, "transformer.resblocks.0.attn.in_proj_bias"),
    ["q", "k", "v"].flatMap((part) => read(source, `${layer}.${part}_proj.bias`)),
  );
  const projection = read(source, "visual_projection.weight");
  assert.deepEqual(
    read(mapped, "visual.proj"),
    Array.from({ length: 12 }, (_, i) => projection[(i % 3) * 4 + Math.floor(i / 3)]),
  );
});

test("a CLIP that lacks a part of a joined projection is refused by name", () => {
  const source = huggingFace();
  source.delete("vision_model.encoder.layers.0.self_attn.v_proj.bias");
  assert.throws(() => mapHuggingFaceClip(source), {
    code: "CHECKPOINT_MISMATCH",
    message: /vision_model\.encoder\.layers\.0\.self_attn\.v_proj\.bias/,
  });
});

test("torchvision's VGG16 and the lpips package's layers become the LPIPS network", () => {
  const { params } = lpipsNetwork();
  const vgg = new Map<string, TensorData>([["classifier.0.weight", counting([1])]]);
  const lins = new Map<string, TensorData>();
  for (const { name, shape } of params) {
    const empty = { dtype: "float32" as const, shape, bytes: new Uint8Array(0) };
    const feature = /slice\d\.(.*)$/.exec(name)?.[1];
    if (feature) vgg.set(`features.${feature}`, empty);
    else lins.set(name.replace("perceptual_loss.", ""), empty);
  }
  assert.deepEqual([vgg.size, lins.size], [27, 5]);
  checkWeights(params, mapLpips(vgg, lins));
});
