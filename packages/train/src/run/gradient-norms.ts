import { aten, scope, type Tensor } from "@v2l/torch";

/** L2 norms of the gradients of parameters, by the first part of their names (`encoder`, ...). */
export function gradientNorms(
  parameters: ReadonlyMap<string, Tensor>,
): Readonly<Record<string, number>> {
  return scope(() => {
    const names: string[] = [];
    const gradients: Tensor[] = [];
    for (const [name, parameter] of parameters) {
      const gradient = parameter.grad;
      if (gradient === null) continue;
      names.push(name.split(".")[0] as string);
      gradients.push(gradient);
    }
    const norms = aten.stack(aten.foreachNorm(gradients)).toFloat32Array();
    const squares: Record<string, number> = {};
    names.forEach((name, i) => {
      squares[name] = (squares[name] ?? 0) + (norms[i] as number) ** 2;
    });
    return Object.fromEntries(Object.entries(squares).map(([name, sum]) => [name, Math.sqrt(sum)]));
  });
}
