import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { globalTokens } from "@v2l/nn";
import { maxAbsDifference, readJson, readNpy } from "@v2l/testing";
import { noGrad, setThreads, type Tensor } from "@v2l/torch";
import { clipInputs, fixtureTensor, officialModel, skipWithoutOfficial } from "./official.js";

/** Absolute tolerances: conformance/README.md, section 2. */
const skip = skipWithoutOfficial();

describe("the official forward pass on libtorch", { skip }, () => {
  let model: Awaited<ReturnType<typeof officialModel>>;
  let images: Tensor;

  before(async () => {
    setThreads(2);
    model = await officialModel(false);
    images = fixtureTensor("input.npy");
  });

  const run = () => model.weights.run(false);
  const quantized = () => {
    const projected = model.network.projectCodebook(run(), model.codebook);
    return model.network.quantize(run(), model.network.encode(run(), images), projected);
  };
  const globalWords = () => {
    const clipRun = model.clipWeights.run(false);
    const features = model.clip.encodeImage(clipRun, clipInputs());
    return { features, ...globalTokens(clipRun, features, model.globalCodebook, 21) };
  };

  test("encoder and normalised features", () => {
    const { network } = model;
    const latent = network.encodeLatent(run(), images);
    near(latent, "encoder_z.npy", 2e-4);
    const features = network.features(run(), latent);
    near(model.ops.slice(features, 0, 0, 2), "encoder_feature_images01.npy", 2e-5);
    const projected = network.projectCodebook(run(), model.codebook);
    near(model.ops.slice(projected, 0, 0, 8), "projected_codebook_rows_0_8.npy", 2e-6);
  });

  test("local tokens, all equal, and the quantiser's loss", () => {
    const { indices, loss } = quantized();
    equal(indices, "local_tokens.npy");
    const { qloss } = readJson<{ qloss: number }>("forward.json");
    assert.ok(Math.abs(loss.item() - qloss) <= 1e-8);
  });

  test("CLIP's features and global tokens, all equal, order too", () => {
    const { features, feature, indices } = globalWords();
    near(features, "global_feature_raw.npy", 2e-5);
    near(feature, "global_feature.npy", 2e-5);
    equal(indices, "global_indices.npy");
  });

  test("decoder", () => {
    const words = model.ops.embedding(model.globalCodebook, globalWords().indices);
    const picture = model.network.decode(run(), quantized().quantized, words);
    near(picture, "decoder_output.npy", 3e-4);
    const wanted = readNpy("decoder_output.npy").data;
    const got = picture.toFloat32Array();
    const squares = got.reduce((sum, value, i) => sum + (value - (wanted[i] as number)) ** 2, 0);
    assert.ok(Math.sqrt(squares / got.length) <= 3e-5);
  });

  test("discriminator in evaluation mode", () => {
    const recorded = readNpy("discriminator_eval.npy").data;
    const half = recorded.length / 2;
    const forward = (x: Tensor) =>
      model.discriminator.forward(model.discriminatorWeights.run(false), x).toFloat32Array();
    const real = forward(images);
    const fake = forward(fixtureTensor("decoder_output.npy"));
    assert.ok(maxAbsDifference(real, recorded.subarray(0, half)) <= 2e-5);
    assert.ok(maxAbsDifference(fake, recorded.subarray(half)) <= 2e-5);
  });

  test("LPIPS with the closed-form VGG", () => {
    const { lpips_per_image: wanted } = readJson<{ lpips_per_image: number[] }>("lpips.json");
    const distances = noGrad(() =>
      model.lpips.forward(
        model.lpipsWeights.run(false),
        images,
        fixtureTensor("decoder_output.npy"),
      ),
    );
    assert.ok(maxAbsDifference(distances.toFloat32Array(), wanted) <= 1e-5);
  });
});

function near(tensor: Tensor, file: string, tolerance: number): void {
  const difference = maxAbsDifference(tensor.toFloat32Array(), readNpy(file).data);
  assert.ok(difference <= tolerance, `${file}: ${difference} is more than ${tolerance}`);
}

function equal(tensor: Tensor, file: string): void {
  assert.deepEqual(Array.from(tensor.toFloat32Array()), Array.from(readNpy(file).data));
}
