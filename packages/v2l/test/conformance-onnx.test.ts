import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  type ClipConfig,
  clipNetwork,
  discriminatorNetwork,
  lpipsNetwork,
  mapGlobalEncoder,
  type ParamSpec,
  type Run,
  type TensorData,
  tokenizerNetwork,
  type VqganConfig,
  type Weights,
} from "@v2l/nn";
import {
  buildGraph,
  ClipSessions,
  OnnxSession,
  type OnnxTensor,
  TokenizerSessions,
  type Value,
} from "@v2l/onnx";
import {
  conformance,
  maxAbsDifference,
  OFFICIAL_CLIP,
  OFFICIAL_TOKENIZER,
  readJson,
  readNpy,
  skipWithout,
} from "@v2l/testing";
import { readCheckpoint } from "../src/index.js";
import { closedFormLpips } from "./closed-form-lpips.js";

/** Sizes and tolerances: conformance/README.md, sections 1 and 2. */
const vqgan: VqganConfig = OFFICIAL_TOKENIZER;
const clip: ClipConfig = OFFICIAL_CLIP;
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

interface Trace {
  shape: number[];
  mean: number;
  std: number;
  first: number[];
  last: number;
}

const skip = skipWithout("checkpoint-last.pth", "decoder_output.npy");

describe("ONNX Runtime against the official PyTorch code", { skip }, () => {
  let weights: Weights;
  let local: TensorData;
  let global: TensorData;

  before(async () => {
    const parts = await Promise.all(
      ["checkpoint-last.pth", "checkpoint-last-discriminator.pth"].map(load),
    );
    weights = new Map(parts.flatMap((part) => [...part]));
    [local, global] = (await Promise.all(
      ["local_codebook_embedding.pth", "global_codebook_embedding.pth"].map(async (file) => {
        return [...(await load(file)).values()][0] as TensorData;
      }),
    )) as [TensorData, TensorData];
  });

  test("sessions: local ids exact, decoded images within tolerance", async () => {
    using sessions = await TokenizerSessions.create({
      config: vqgan,
      weights,
      localCodebook: local,
      globalCodebook: global,
      imageSize: 128,
    });
    const ids = await sessions.encode(floats("input.npy"));
    assert.deepEqual([...ids], [...readNpy("local_tokens.npy").data]);
    const images = await sessions.decode(ids, readNpy("global_indices.npy").data);
    const official = floats("decoder_output.npy");
    within(images, official, 3e-4);
    const squares = images.reduce((sum, x, i) => sum + (x - (official[i] as number)) ** 2, 0);
    assert.ok(Math.sqrt(squares / images.length) <= 3e-5);
  });

  test("sessions: global ids exact and in order, features within tolerance", async () => {
    const options = { config: clip, weights: mapGlobalEncoder(weights), globalCodebook: global };
    using sessions = await ClipSessions.create(options);
    const found = await sessions.encodeImage(clipPixels());
    assert.deepEqual([...found.indices], [...readNpy("global_indices.npy").data]);
    within(found.features, floats("global_feature.npy"), 2e-5);
    const distances = readNpy("global_distance.npy");
    const nearest = [...found.indices].map((id, i) => {
      return distances.data[Math.floor(i / 21) * 300 + id] as number;
    });
    within(found.distances, nearest, 5e-5);
  });

  test("encoder, features, projected codebook, quantiser and every block of the trace", async () => {
    const network = tokenizerNetwork(vqgan);
    const { outputs, blocks } = await runTraced(
      {
        image: { data: floats("input.npy"), shape: [4, 3, 128, 128] },
        words: {
          data: BigInt64Array.from(readNpy("global_indices.npy").data, BigInt),
          shape: [4, 21],
        },
      },
      new Map([...weights, ["local", local], ["global", global]]),
      (run, { image, words }) => {
        const latent = network.encodeLatent(run, image as Value);
        const features = network.features(run, latent);
        const rows = network.projectCodebook(run, run.weight(table("local", local)));
        const { indices, quantized, loss } = network.quantize(run, features, rows);
        const context = run.ops.embedding(run.weight(table("global", global)), words as Value);
        const decoded = network.decode(run, quantized, context);
        return { latent, features, rows: run.ops.slice(rows, 0, 0, 8), indices, loss, decoded };
      },
    );
    const out = (name: string) => (outputs[name] as OnnxTensor).data as Float32Array;
    within(out("latent"), floats("encoder_z.npy"), 2e-4);
    const features = floats("encoder_feature_images01.npy");
    within(out("features").subarray(0, features.length), features, 2e-5);
    within(out("rows"), floats("projected_codebook_rows_0_8.npy"), 2e-5);
    assert.deepEqual(Array.from(out("indices"), Number), [...readNpy("local_tokens.npy").data]);
    within(out("loss"), [readJson<{ qloss: number }>("forward.json").qloss], 1e-8);
    within(out("decoded"), floats("decoder_output.npy"), 3e-4);
    checkTrace(blocks, (name) => !name.startsWith("global_encoder."), 36);
  });

  test("CLIP's raw features and the blocks of its trace", async () => {
    const network = clipNetwork(clip);
    const { outputs, blocks } = await runTraced(
      { pixels: { data: clipPixels(), shape: [4, 3, 224, 224] } },
      mapGlobalEncoder(weights),
      (run, { pixels }) => ({ features: network.encodeImage(run, pixels as Value) }),
    );
    within(outputs.features?.data as Float32Array, floats("global_feature_raw.npy"), 2e-5);
    const renamed = new Map(
      [...blocks].map(([name, block]) => [name.replace("visual.", "global_encoder."), block]),
    );
    checkTrace(renamed, (name) => name.startsWith("global_encoder."), 5);
  });

  test("the discriminator in eval mode", async () => {
    const network = discriminatorNetwork();
    const images = Float32Array.from([...floats("input.npy"), ...floats("decoder_output.npy")]);
    const { outputs } = await runTraced(
      { image: { data: images, shape: [8, 3, 128, 128] } },
      weights,
      (run, { image }) => ({ logits: network.forward(run, image as Value) }),
    );
    within(outputs.logits?.data as Float32Array, floats("discriminator_eval.npy"), 2e-5);
  });

  test("LPIPS per image, and the layers of image 0", {
    skip: skipWithout("lpips.json"),
  }, async () => {
    const network = lpipsNetwork();
    const shape = [4, 3, 128, 128];
    const { outputs } = await runTraced(
      {
        a: { data: floats("input.npy"), shape },
        b: { data: floats("decoder_output.npy"), shape },
      },
      closedFormLpips(network.params),
      (run, { a, b }) => {
        const first = run.ops.slice(a as Value, 0, 0, 1);
        const taps = network.features(run, first).map((tap) => run.ops.mean(tap, [1, 2, 3]));
        return {
          distance: network.forward(run, a as Value, b as Value),
          means: run.ops.concat(taps, 0),
        };
      },
    );
    const official = readJson<{
      lpips_per_image: number[];
      layers_image0: { relu_mean: number }[];
    }>("lpips.json");
    within(outputs.distance?.data as Float32Array, official.lpips_per_image, 1e-5);
    const means = official.layers_image0.map((layer) => layer.relu_mean);
    within(outputs.means?.data as Float32Array, means, 1e-5);
  });
});

async function load(file: string): Promise<Weights> {
  return (await readCheckpoint(conformance(file) as string)).weights;
}

function floats(file: string): Float32Array {
  return readNpy(file).data as Float32Array;
}

/** The CLIP inputs of all four images, by the formula of the README. */
function clipPixels(): Float32Array {
  const { data, shape } = readNpy("clip_pixels.npy");
  const plane = (shape[1] as number) * (shape[2] as number);
  return Float32Array.from({ length: 4 * 3 * plane }, (_, i) => {
    const [image, channel, at] = [
      Math.floor(i / (3 * plane)),
      Math.floor(i / plane) % 3,
      i % plane,
    ];
    const level = Math.fround((data[(image * plane + at) * 3 + channel] as number) / 255);
    return (level - (MEAN[channel] as number)) / (STD[channel] as number);
  });
}

function table(name: string, { shape }: TensorData): ParamSpec {
  return { name, shape, init: { kind: "zeros" }, buffer: true };
}

function within(received: ArrayLike<number>, official: ArrayLike<number>, tolerance: number): void {
  const difference = maxAbsDifference(received, official);
  assert.ok(difference <= tolerance, `differs by ${difference}, tolerance ${tolerance}`);
}

/** Runs a graph that also hands out what every block computes for the first image. */
async function runTraced(
  inputs: Readonly<Record<string, OnnxTensor>>,
  weights: Weights,
  build: (run: Run<Value>, inputs: Readonly<Record<string, Value>>) => Record<string, Value>,
): Promise<{ outputs: Record<string, OnnxTensor>; blocks: Map<string, OnnxTensor> }> {
  const traced = new Map<string, Value>();
  const model = buildGraph(
    {
      name: "conformance",
      inputs: Object.entries(inputs).map(([name, { data, shape }]) => {
        const dtype = data instanceof Float32Array ? "float32" : "int64";
        return { name, dtype, shape: [-1, ...shape.slice(1)] };
      }),
      build: (run, values) => {
        const observe = (name: string, value: Value) => void traced.set(name, value);
        const outputs = build({ ...run, observe }, values);
        const first = [...traced].map(([name, value]) => {
          return [`trace:${name}`, run.ops.slice(value, 0, 0, 1)] as const;
        });
        return { ...outputs, ...Object.fromEntries(first) };
      },
    },
    weights,
  );
  using session = await OnnxSession.create(model);
  const outputs = await session.run(inputs);
  const blocks = Object.entries(outputs)
    .filter(([name]) => name.startsWith("trace:"))
    .map(([name, value]) => [name.slice("trace:".length), value] as const);
  return { outputs, blocks: new Map(blocks) };
}

/** Compares with `trace.json`. CLIP's last norm is ours for the class token only: its first values. */
function checkTrace(
  blocks: ReadonlyMap<string, OnnxTensor>,
  select: (name: string) => boolean,
  count: number,
): void {
  const entries = Object.entries(readJson<Record<string, Trace>>("trace.json"));
  const selected = entries.filter(([name]) => select(name));
  assert.equal(selected.length, count);
  for (const [name, official] of selected) {
    const block = blocks.get(name);
    assert.ok(block, `no block ${name}`);
    const values = block.data as Float32Array;
    // The widest tolerance that README section 2 gives to a tensor inside the networks.
    within(values.subarray(0, 4), official.first, 2e-4);
    if (name === "global_encoder.ln_post") continue;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    const received = [mean, std, values.at(-1) as number];
    within(received, [official.mean, official.std, official.last], 2e-4);
  }
}
