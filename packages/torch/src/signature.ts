import type { DType } from "@v2l/nn";
import { native } from "./native.js";
import type { MemoryFormat, Tensor } from "./tensor.js";

/**
 * Types of operators from the text of their schema, as libtorch writes it:
 * `softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor`.
 * The text is the one definition: the argument types follow from it, and a test compares it with the
 * schemas of the libtorch at hand. Keyword-only arguments (after `*`) are given in order, too.
 * SymInt is written int, and alias marks such as `Tensor(a!)` are left out.
 */
interface Types {
  Tensor: Tensor;
  "Tensor[]": readonly Tensor[];
  "Tensor?[]": readonly (Tensor | null)[];
  int: number;
  float: number;
  bool: boolean;
  str: string;
  Scalar: number;
  "Scalar[]": readonly number[];
  "int[]": readonly number[];
  "float[]": readonly number[];
  ScalarType: DType;
  Layout: "strided";
  Device: string;
  MemoryFormat: MemoryFormat;
  Generator: null;
}

/** The TypeScript type of one schema type. `int[2]` takes one number for all places. */
type TypeOf<T extends string> = T extends keyof Types
  ? Types[T]
  : T extends `${infer Inner}?`
    ? TypeOf<Inner> | null
    : T extends `int[${number}]`
      ? readonly number[] | number
      : never;

type Split<S extends string> = S extends `${infer Head}, ${infer Rest}`
  ? [Head, ...Split<Rest>]
  : S extends ""
    ? []
    : [S];

type Arguments<L extends string[]> = L extends [
  infer Head extends string,
  ...infer Rest extends string[],
]
  ? Head extends "*"
    ? Arguments<Rest>
    : Head extends `${infer T} ${string}=${string}`
      ? [value?: TypeOf<T> | undefined, ...Arguments<Rest>]
      : Head extends `${infer T} ${string}`
        ? [value: TypeOf<T>, ...Arguments<Rest>]
        : never
  : [];

type Results<L extends string[]> = L extends [
  infer Head extends string,
  ...infer Rest extends string[],
]
  ? [Head extends `${infer T} ${string}` ? TypeOf<T> : TypeOf<Head>, ...Results<Rest>]
  : [];

type Result<S extends string> = S extends "()"
  ? undefined
  : S extends `(${infer Inner})`
    ? Results<Split<Inner>>
    : TypeOf<S>;

/** The function type of a schema. */
export type Operator<S extends string> = S extends `${string}(${infer A}) -> ${infer R}`
  ? (...args: Arguments<Split<A>>) => Result<R>
  : never;

/** Splits "add.Tensor(...)" or "add.Tensor" into the dispatcher's name and overload. */
export function operatorName(schema: string): { name: string; overload: string } {
  const full = schema.split("(", 1)[0] as string;
  const qualified = full.includes("::") ? full : `aten::${full}`;
  const dot = qualified.indexOf(".");
  if (dot < 0) return { name: qualified, overload: "" };
  return { name: qualified.slice(0, dot), overload: qualified.slice(dot + 1) };
}

/**
 * An operator as a typed function, looked up in the dispatcher at its first call.
 * @param schema its schema; the namespace `aten::` may be left out.
 */
export function operator<const S extends string>(schema: S): Operator<S> {
  let resolved: ((...args: unknown[]) => unknown) | undefined;
  const call = (...args: unknown[]) => {
    if (resolved === undefined) {
      const { name, overload } = operatorName(schema);
      resolved = native().operator(name, overload);
    }
    return resolved(...args);
  };
  return call as unknown as Operator<S>;
}

/**
 * Calls any operator of libtorch by name, untyped: `call("aten::add.Tensor", a, b)`.
 * Arguments come in the order of the schema; `undefined` takes the default, `null` is None.
 * @throws TorchError `UNKNOWN_OPERATOR`, or what the operator throws.
 */
export function call(operatorText: string, ...args: unknown[]): unknown {
  const { name, overload } = operatorName(operatorText);
  return native().operator(name, overload)(...args);
}

/** The schema of an operator of the libtorch at hand, as text. */
export function schemaOf(operatorText: string): string {
  const { name, overload } = operatorName(operatorText);
  return native().schema(name, overload);
}
