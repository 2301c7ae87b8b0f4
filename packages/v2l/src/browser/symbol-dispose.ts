// Safari has no Symbol.dispose, and the `using` of the networks needs one. Only the worker imports this.
const symbols = Symbol as { dispose?: symbol };
symbols.dispose ??= Symbol("Symbol.dispose");

export {};
