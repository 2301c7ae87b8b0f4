import type { Ops } from "./ops.js";

/** How a parameter starts when it is not read from a checkpoint. */
export type Init =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" }
  /** Uniform in [-bound, bound]. */
  | { readonly kind: "uniform"; readonly bound: number }
  /** Normal with mean `mean` (default 0) and standard deviation `std`. */
  | { readonly kind: "normal"; readonly std: number; readonly mean?: number };

/** One learned tensor (or running statistic, `buffer`) of a network, under its checkpoint name. */
export interface ParamSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
  /** True for running statistics: saved and loaded, but not trained. */
  readonly buffer: boolean;
}

/** What a layer needs to run: the operators, the weights, and whether batch statistics are in use. */
export interface Run<T> {
  readonly ops: Ops<T>;
  /** The tensor of a parameter. */
  weight(spec: ParamSpec): T;
  /** True while training: batch statistics in BatchNorm. */
  readonly training: boolean;
  /** Called with the output of every named layer, where given: tests and inspection. */
  observe?(name: string, output: T): void;
}

/** A layer with one input and one output. */
export type Layer = <T>(run: Run<T>, x: T) => T;

/**
 * The place in the tree of names where a layer registers its parameters.
 * Building a network declares every parameter once; running it asks for the same specs.
 */
export class Scope {
  private constructor(
    /** Full name of this place, `encoder.mid`; empty at the root. */
    readonly path: string,
    private readonly registry: Map<string, ParamSpec>,
  ) {}

  static root(): Scope {
    return new Scope("", new Map());
  }

  /** The scope one name deeper, `encoder` -> `encoder.conv_in`. Dots in `name` are allowed. */
  child(name: string): Scope {
    return new Scope(this.full(name), this.registry);
  }

  param(name: string, shape: readonly number[], init: Init): ParamSpec {
    return this.register(name, shape, init, false);
  }

  buffer(name: string, shape: readonly number[], init: Init): ParamSpec {
    return this.register(name, shape, init, true);
  }

  /** The same layer, which also reports its output under the name of this scope. */
  observed(layer: Layer): Layer {
    return (run, x) => {
      const y = layer(run, x);
      run.observe?.(this.path, y);
      return y;
    };
  }

  /** All parameters registered in the tree, in order of declaration. */
  params(): readonly ParamSpec[] {
    return [...this.registry.values()];
  }

  private full(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  private register(name: string, shape: readonly number[], init: Init, buffer: boolean): ParamSpec {
    const full = this.full(name);
    if (this.registry.has(full)) throw new Error(`Parameter ${full} is declared twice`);
    const spec: ParamSpec = { name: full, shape, init, buffer };
    this.registry.set(full, spec);
    return spec;
  }
}
