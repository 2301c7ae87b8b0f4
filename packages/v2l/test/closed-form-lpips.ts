import { elements, fromFloat32, type ParamSpec, type TensorData } from "@v2l/nn";

/**
 * The closed-form VGG16 and LPIPS weights of the conformance data (README, section 2): one stream of
 * Numerical Recipes' linear congruential generator over all tensors in order.
 */
export function closedFormLpips(params: readonly ParamSpec[]): Map<string, TensorData> {
  let state = 20240229;
  const next = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return new Map(
    params.map(({ name, shape }) => {
      const data = new Float32Array(elements(shape));
      const scale = shape.length === 4 ? Math.sqrt(6 / (9 * (shape[1] as number))) : 0.1;
      const linear = name.includes(".lin");
      for (let i = 0; i < data.length; i++) data[i] = linear ? next() : (2 * next() - 1) * scale;
      return [name, fromFloat32(data, shape)];
    }),
  );
}
