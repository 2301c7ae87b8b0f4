import { V2LError } from "./errors.js";
import type { Init, ParamSpec } from "./module.js";
import { Random } from "./random.js";
import { elements, fromFloat32, type TensorData, type Weights } from "./tensor-data.js";

/** Fresh float32 values for every parameter. Each depends on the seed and on its own name only. */
export function initialize(params: readonly ParamSpec[], seed: number): Map<string, TensorData> {
  return new Map(
    params.map(({ name, shape, init }) => {
      const data = new Float32Array(elements(shape));
      fill(data, init, new Random(seedOf(seed, name)));
      return [name, fromFloat32(data, shape)];
    }),
  );
}

/** FNV-1a over seed and name. */
function seedOf(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed}/${name}`) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193);
  }
  return hash >>> 0;
}

function fill(data: Float32Array, init: Init, random: Random): void {
  if (init.kind === "ones") data.fill(1);
  if (init.kind === "uniform") {
    for (let i = 0; i < data.length; i++) data[i] = random.uniform(-init.bound, init.bound);
  }
  if (init.kind === "normal") {
    for (let i = 0; i < data.length; i++) data[i] = (init.mean ?? 0) + init.std * random.normal();
  }
}

/**
 * Checks that `weights` holds exactly the parameters of a network, in their shapes.
 * @throws V2LError CHECKPOINT_MISMATCH, which lists every missing, unexpected and misshapen name
 */
export function checkWeights(params: readonly ParamSpec[], weights: Weights): void {
  const names = new Set(params.map((spec) => spec.name));
  const problems: string[] = [];
  for (const { name, shape } of params) {
    const tensor = weights.get(name);
    if (tensor === undefined) problems.push(`missing ${name} [${shape}]`);
    else if (tensor.shape.join() !== shape.join()) {
      problems.push(`shape of ${name}: expected [${shape}] but received [${tensor.shape}]`);
    }
  }
  for (const name of weights.keys()) if (!names.has(name)) problems.push(`unexpected ${name}`);
  if (problems.length === 0) return;
  throw new V2LError(
    "CHECKPOINT_MISMATCH",
    `Expected the ${params.length} tensors of the network but found ${problems.length} ` +
      `${problems.length === 1 ? "difference" : "differences"}:\n${problems.join("\n")}`,
  );
}
