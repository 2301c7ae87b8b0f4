import {
  clipNetwork,
  discriminatorNetwork,
  fromFloat32,
  isBookkeeping,
  lpipsNetwork,
  mapGlobalEncoder,
  type TensorData,
  toFloat32,
  tokenizerNetwork,
  type Weights,
} from "@v2l/nn";
import {
  closedFormVgg,
  conformance,
  OFFICIAL_CLIP,
  OFFICIAL_TOKENIZER,
  readNpy,
  skipWithout,
} from "@v2l/testing";
import { fromData, type Tensor, TorchOps, tensor, torchAvailable } from "@v2l/torch";
import { readCheckpoint } from "v2l";
import { Parameters } from "../src/run/parameters.js";

/**
 * libtorch with swish spelled as the official code spells it. It matters for rounding only: one
 * gradient among the 864 of `encoder.conv_in.weight` is 5e-7 in float64 and a rounding error of 1e-5 in
 * float32, so that Adam's first step, about its sign, depends on how each operator rounds.
 */
class OfficialOps extends TorchOps {
  override silu(x: Tensor): Tensor {
    return this.mul(x, this.sigmoid(x));
  }
}

/** For node:test: why the official model cannot run here, or false. */
export function skipWithoutOfficial(): string | false {
  const torch = torchAvailable();
  if (!torch.available) return `libtorch is missing: ${torch.remedy}`;
  return skipWithout("checkpoint-last.pth", "checkpoint-last-discriminator.pth", "training.json");
}

/** The official checkpoint of the conformance data on libtorch, with everything training needs. */
export async function officialModel(trainable: boolean) {
  const ops = new OfficialOps();
  const checkpoint = new Map([
    ...(await readFixture("checkpoint-last.pth")),
    ...(await readFixture("checkpoint-last-discriminator.pth")),
  ]);
  const network = tokenizerNetwork(OFFICIAL_TOKENIZER);
  const discriminator = discriminatorNetwork();
  const lpips = lpipsNetwork();
  const clip = clipNetwork(OFFICIAL_CLIP);
  const vgg = new Map(
    [...closedFormVgg()].map(([name, { data, shape }]) => [name, fromFloat32(data, shape)]),
  );
  const only = (specs: readonly { name: string }[], weights: Weights) =>
    new Map(specs.map(({ name }) => [name, float32(weights.get(name))]));
  return {
    ops,
    checkpoint,
    network,
    weights: new Parameters(ops, network.params, only(network.params, checkpoint), trainable),
    discriminator,
    discriminatorWeights: new Parameters(
      ops,
      discriminator.params,
      only(discriminator.params, checkpoint),
      trainable,
    ),
    lpips,
    lpipsWeights: new Parameters(ops, lpips.params, vgg, false),
    clip,
    clipWeights: new Parameters(
      ops,
      clip.params,
      only(clip.params, mapGlobalEncoder(checkpoint)),
      false,
    ),
    codebook: await codebook("local_codebook_embedding.pth"),
    globalCodebook: await codebook("global_codebook_embedding.pth"),
  };
}

/** A float32 .npy file of the conformance data on libtorch. */
export function fixtureTensor(file: string): Tensor {
  const { data, shape } = readNpy(file);
  return tensor(data, shape);
}

/** CLIP's input of all four images, by the formula of conformance/README.md, section 2. */
export function clipInputs(): Tensor {
  const { data, shape } = readNpy("clip_pixels.npy");
  const [count, height, width] = shape as [number, number, number];
  const pixels = height * width;
  const { fround } = Math;
  const mean = [0.48145466, 0.4578275, 0.40821073].map(fround);
  const std = [0.26862954, 0.26130258, 0.27577711].map(fround);
  const out = new Float32Array(count * 3 * pixels);
  for (let i = 0; i < data.length; i++) {
    const channel = i % 3;
    const cell = Math.floor(i / 3);
    const at = (Math.floor(cell / pixels) * 3 + channel) * pixels + (cell % pixels);
    const unit = fround((data[i] as number) / 255);
    out[at] = fround(unit - (mean[channel] as number)) / (std[channel] as number);
  }
  return tensor(out, [count, 3, height, width]);
}

async function readFixture(file: string): Promise<Weights> {
  const { weights } = await readCheckpoint(conformance(file) as string);
  return new Map([...weights].filter(([name]) => !isBookkeeping(name)));
}

async function codebook(file: string): Promise<Tensor> {
  const { weights } = await readCheckpoint(conformance(file) as string);
  return fromData(float32(weights.get("tensor")));
}

function float32(data: TensorData | undefined): TensorData {
  if (data === undefined) throw new Error("a tensor of the conformance data is missing");
  return fromFloat32(toFloat32(data), data.shape);
}
