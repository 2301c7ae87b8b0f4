import { aten, noGrad, scope, type Tensor } from "@v2l/torch";

/**
 * Shortens the gradients of all parameters together to an L2 norm of at most `limit`.
 * @returns the norm before
 */
export function clipGradients(parameters: Iterable<Tensor>, limit: number): number {
  return noGrad(() =>
    scope(() => {
      const gradients = [...parameters].flatMap((parameter) => parameter.grad ?? []);
      const norms = aten.stack(aten.foreachNorm(gradients)).toFloat32Array();
      const norm = Math.hypot(...norms);
      if (norm > limit) aten.foreachMulScalar_(gradients, limit / norm);
      return norm;
    }),
  );
}
