import assert from "node:assert/strict";
import { unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { elements, fromFloat32, type TensorData, toFloat32 } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { importClip, writeSafetensors } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";

/** Names and shapes of transformers' CLIPModel with vision width 8 and text width 4, both one layer. */
function huggingFaceWeights(): Map<string, TensorData> {
  const shapes: Record<string, number[]> = {
    logit_scale: [],
    "visual_projection.weight": [6, 8],
    "text_projection.weight": [6, 4],
    "vision_model.embeddings.class_embedding": [8],
    "vision_model.embeddings.position_ids": [1, 10],
    "vision_model.embeddings.patch_embedding.weight": [8, 3, 2, 2],
    "vision_model.embeddings.position_embedding.weight": [10, 8],
    "vision_model.pre_layrnorm.weight": [8],
    "vision_model.pre_layrnorm.bias": [8],
    "vision_model.post_layernorm.weight": [8],
    "vision_model.post_layernorm.bias": [8],
    "text_model.embeddings.token_embedding.weight": [20, 4],
    "text_model.embeddings.position_embedding.weight": [5, 4],
    "text_model.final_layer_norm.weight": [4],
    "text_model.final_layer_norm.bias": [4],
    ...layerShapes("vision_model.encoder.layers.0", 8),
    ...layerShapes("text_model.encoder.layers.0", 4),
  };
  return new Map(
    Object.entries(shapes).map(([name, shape], i) => {
      const values = Float32Array.from({ length: elements(shape) }, (_, j) => i + j / 1000);
      return [name, fromFloat32(values, shape)];
    }),
  );
}

function layerShapes(prefix: string, width: number): Record<string, number[]> {
  const linear = (name: string, out: number, inner: number): [string, number[]][] => [
    [`${prefix}.${name}.weight`, [out, inner]],
    [`${prefix}.${name}.bias`, [out]],
  ];
  return Object.fromEntries([
    ...["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((name) =>
      linear(`self_attn.${name}`, width, width),
    ),
    ...linear("mlp.fc1", 4 * width, width),
    ...linear("mlp.fc2", width, 4 * width),
    ...["layer_norm1", "layer_norm2"].flatMap((name): [string, number[]][] => [
      [`${prefix}.${name}.weight`, [width]],
      [`${prefix}.${name}.bias`, [width]],
    ]),
  ]);
}

const CONFIG = {
  _name_or_path: "someone/tiny-clip",
  projection_dim: 6,
  vision_config: { num_attention_heads: 2, hidden_act: "quick_gelu" },
  text_config: { num_attention_heads: 4 },
};

async function clipFolder(
  t: TestContext,
  weights = huggingFaceWeights(),
  config: object = CONFIG,
): Promise<string> {
  const folder = temporaryFolder(t);
  await writeSafetensors(join(folder, "model.safetensors"), weights);
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeFile(join(folder, "tokenizer.json"), '{"version":"1.0"}');
  return folder;
}

test("a CLIP in Hugging Face's layout gives sizes, tensors and tokenizer", async (t) => {
  const clip = await importClip(await clipFolder(t));
  // From the shapes above: 9 patches of 2x2 pixels, and the heads of CONFIG.
  assert.deepEqual(clip.config, {
    embedDim: 6,
    vision: { imageSize: 6, patchSize: 2, width: 8, layers: 1, heads: 2 },
    text: { contextLength: 5, vocabSize: 20, width: 4, layers: 1, heads: 4 },
  });
  assert.equal(clip.reference, "someone/tiny-clip");
  assert.equal(clip.textTokenizer, '{"version":"1.0"}');
  const stored = huggingFaceWeights();
  const projection = clip.weights.get("text_projection") as TensorData;
  assert.deepEqual(projection.shape, [4, 6]);
  const transposed = toFloat32(stored.get("text_projection.weight") as TensorData);
  assert.equal(toFloat32(projection)[1], transposed[4]);
  const joined = toFloat32(
    clip.weights.get("visual.transformer.resblocks.0.attn.in_proj_bias") as TensorData,
  );
  const parts = ["q", "k", "v"].flatMap((letter) => [
    ...toFloat32(
      stored.get(`vision_model.encoder.layers.0.self_attn.${letter}_proj.bias`) as TensorData,
    ),
  ]);
  assert.deepEqual([...joined], parts);
});

test("missing, unexpected and misshapen tensors of a CLIP are listed by name", async (t) => {
  const weights = huggingFaceWeights();
  const wrong = fromFloat32(new Float32Array(3), [3]);
  weights.delete("text_model.final_layer_norm.bias");
  weights.set("vision_model.pre_layrnorm.bias", wrong);
  weights.set("classifier.weight", wrong);
  await rejects(
    importClip(await clipFolder(t, weights)),
    "CHECKPOINT_MISMATCH",
    "missing ln_final.bias",
    "shape of visual.ln_pre.bias: expected [8] but received [3]",
    "unexpected classifier.weight",
  );
});

test("other architectures are refused", async (t) => {
  const config = { ...CONFIG, vision_config: { hidden_act: "gelu" } };
  const folder = await clipFolder(t, huggingFaceWeights(), config);
  await rejects(importClip(folder), "UNSUPPORTED", "vision_config", "gelu");
});

test("an incomplete folder is refused by file name", async (t) => {
  const folder = await clipFolder(t);
  await unlink(join(folder, "tokenizer.json"));
  await rejects(importClip(folder), "FILE_NOT_FOUND", "tokenizer.json");
  await writeFile(join(folder, "config.json"), "{");
  await rejects(importClip(folder), "CHECKPOINT_UNREADABLE", "config.json");
  await unlink(join(folder, "model.safetensors"));
  await unlink(join(folder, "config.json"));
  await rejects(importClip(folder), "FILE_NOT_FOUND", "config.json");
});
