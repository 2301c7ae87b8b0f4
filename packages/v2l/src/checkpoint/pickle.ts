import { type ErrorCode, expected, V2LError } from "@v2l/nn";

/** Largest pickle that is read; those of checkpoints and vocabularies have a few megabytes. */
export const MAX_PICKLE_BYTES = 64 * 1024 * 1024;

/** Bounds the objects a pickle can create. A vocabulary of 32,000 dictionaries takes 420,000. */
const MAX_OPCODES = 1_000_000;

/** Longest integer, in bytes. */
const MAX_LONG_BYTES = 64;

/** Characters of a name that a message shows. */
const MAX_SHOWN_NAME = 200;

/**
 * A Python class or function that a pickle may name. Ours: nothing of Python's is ever run.
 * Its work must not grow with its arguments, which a pickle can repeat without writing them again.
 */
export interface PickleGlobal {
  /** Runs for REDUCE and NEWOBJ. Null where the name may be mentioned only. */
  readonly call: ((args: readonly unknown[]) => unknown) | null;
}

/** Thrown by globals whose arguments make no sense; becomes an error about the file. */
export class Malformed extends Error {}

/** An object whose state a pickle may set (BUILD). */
export abstract class Buildable {
  abstract build(state: unknown): void;
}

export interface UnpickleOptions {
  /** Name of the file, for messages. */
  readonly source: string;
  /** The allowed globals, by "module name". Any other is refused. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** Resolves a persistent id; without it they are refused. */
  readonly persistentId?: (id: unknown) => unknown;
}

/** A value and where the pickle ends. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads one pickle (protocol 2 to 5) and executes nothing: a small list of opcodes, and only the
 * globals in `options.globals`, which are our own functions. Dictionaries become `Map`, lists and
 * tuples arrays, integers beyond 2^53 `bigint`, bytes `Uint8Array`. Values may refer to themselves.
 * @throws CHECKPOINT_UNSAFE naming a global or opcode that is not allowed; CHECKPOINT_UNREADABLE
 * where the pickle is cut off, inconsistent or larger than any checkpoint's.
 */
export function unpickle(bytes: Uint8Array, offset: number, options: UnpickleOptions): Unpickled {
  const machine = new Machine(bytes, offset, options);
  try {
    return { value: machine.run(), end: machine.position };
  } catch (error) {
    if (error instanceof Malformed) throw machine.inconsistent(error.message);
    throw error;
  }
}

class Machine {
  private readonly view: DataView;
  private readonly text = new TextDecoder("utf-8", { ignoreBOM: true });
  private readonly memo = new Map<number, unknown>();
  private stack: unknown[] = [];
  private readonly marked: unknown[][] = [];

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    private readonly options: UnpickleOptions,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): unknown {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const opcode = this.uint(1);
      if (opcode === STOP) return this.pop();
      const operation = OPERATIONS.get(opcode);
      if (operation === undefined) {
        const shown = `opcode 0x${opcode.toString(16).padStart(2, "0")}`;
        throw this.error("CHECKPOINT_UNSAFE", "plain data", shown);
      }
      operation(this);
    }
    throw this.error("CHECKPOINT_UNREADABLE", `at most ${MAX_OPCODES} objects`, "more");
  }

  error(code: ErrorCode, what: string, received: string): V2LError {
    const remedy =
      code === "CHECKPOINT_UNSAFE"
        ? "Only tensors and plain values are read from a pickle; nothing was executed"
        : undefined;
    return new V2LError(code, expected(what, this.options.source, received, remedy));
  }

  inconsistent(received: string): V2LError {
    return this.error("CHECKPOINT_UNREADABLE", "a consistent pickle", received);
  }

  /** Passes over `length` bytes. @returns where they begin. */
  advance(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) {
      throw this.error("CHECKPOINT_UNREADABLE", "a complete pickle", "one that is cut off");
    }
    this.position += length;
    return start;
  }

  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, this.position);
  }

  /** An unsigned little-endian integer of 1, 2, 4 or 8 bytes. */
  uint(width: 1 | 2 | 4 | 8): number {
    const at = this.advance(width);
    if (width === 1) return this.view.getUint8(at);
    if (width === 2) return this.view.getUint16(at, true);
    if (width === 4) return this.view.getUint32(at, true);
    return Number(this.view.getBigUint64(at, true));
  }

  int32(): number {
    return this.uint(4) | 0;
  }

  float(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A little-endian two's complement integer. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) throw this.inconsistent(`an integer of ${length} bytes`);
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  string(length: number): string {
    return this.text.decode(this.take(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    const text = this.string((end < 0 ? this.bytes.length : end) - this.position);
    this.advance(1);
    return text;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.inconsistent("a pop from an empty stack");
    return this.stack.pop();
  }

  popMany(count: number): unknown[] {
    if (this.stack.length < count) throw this.inconsistent("a pop from an empty stack");
    return this.stack.splice(this.stack.length - count, count);
  }

  top(): unknown {
    if (this.stack.length === 0) throw this.inconsistent("a look at an empty stack");
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    this.marked.push(this.stack);
    this.stack = [];
  }

  popMark(): unknown[] {
    const outer = this.marked.pop();
    if (outer === undefined) throw this.inconsistent("an end without a mark");
    const inner = this.stack;
    this.stack = outer;
    return inner;
  }

  memoize(index: number): void {
    this.memo.set(index, this.top());
  }

  memoized(): void {
    this.memo.set(this.memo.size, this.top());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw this.inconsistent(`memo ${index}, which is not set`);
    this.push(this.memo.get(index));
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string") {
      throw this.inconsistent("a global without a name");
    }
    const found = this.options.globals.get(`${module} ${name}`);
    if (found === undefined) {
      const shown = `${module}.${name}`.slice(0, MAX_SHOWN_NAME);
      throw this.error("CHECKPOINT_UNSAFE", "tensors and plain values", `the global ${shown}`);
    }
    this.push(found);
  }

  call(): void {
    const [callable, args] = this.popMany(2) as [PickleGlobal | null | undefined, unknown];
    if (!Array.isArray(args) || typeof callable?.call !== "function") {
      throw this.error("CHECKPOINT_UNSAFE", "allowed constructors", "a call of something else");
    }
    this.push(callable.call(args));
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    if (!(target instanceof Buildable) && !(target instanceof Map)) {
      throw this.error("CHECKPOINT_UNSAFE", "plain values", "state for another object");
    }
    // The attributes of an OrderedDict (a state_dict's `_metadata`) carry no weights.
    if (target instanceof Buildable) target.build(state);
  }

  append(values: readonly unknown[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw this.inconsistent("an append to something not a list");
    for (const value of values) target.push(value);
  }

  setItems(pairs: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map)) throw this.inconsistent("an entry for something not a dict");
    if (pairs.length % 2 !== 0) throw this.inconsistent("a key without a value");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }

  persistent(): void {
    const { persistentId } = this.options;
    if (persistentId === undefined) {
      throw this.error("CHECKPOINT_UNSAFE", "plain values", "a persistent id");
    }
    this.push(persistentId(this.pop()));
  }
}

const STOP = 0x2e;

/** The opcodes that are understood, by number (names are Python's pickletools'). */
const OPERATIONS: ReadonlyMap<number, (m: Machine) => void> = new Map([
  [0x80, (m) => checkProtocol(m, m.uint(1))], // PROTO
  [0x95, (m) => void m.uint(8)], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.uint(1))], // BININT1
  [0x4d, (m) => m.push(m.uint(2))], // BININT2
  [0x8a, (m) => m.push(m.long(m.uint(1)))], // LONG1
  [0x8b, (m) => m.push(m.long(m.uint(4)))], // LONG4
  [0x47, (m) => m.push(m.float())], // BINFLOAT
  [0x54, (m) => m.push(m.string(m.uint(4)))], // BINSTRING (Python 2)
  [0x55, (m) => m.push(m.string(m.uint(1)))], // SHORT_BINSTRING (Python 2)
  [0x58, (m) => m.push(m.string(m.uint(4)))], // BINUNICODE
  [0x8c, (m) => m.push(m.string(m.uint(1)))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(m.string(m.uint(8)))], // BINUNICODE8
  [0x42, (m) => m.push(m.take(m.uint(4)))], // BINBYTES
  [0x43, (m) => m.push(m.take(m.uint(1)))], // SHORT_BINBYTES
  [0x8e, (m) => m.push(m.take(m.uint(8)))], // BINBYTES8
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x85, (m) => m.push(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.push(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.push(m.popMany(3))], // TUPLE3
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x68, (m) => m.recall(m.uint(1))], // BINGET
  [0x6a, (m) => m.recall(m.uint(4))], // LONG_BINGET
  [0x71, (m) => m.memoize(m.uint(1))], // BINPUT
  [0x72, (m) => m.memoize(m.uint(4))], // LONG_BINPUT
  [0x94, (m) => m.memoized()], // MEMOIZE
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, (m) => m.global(...(m.popMany(2) as [unknown, unknown]))], // STACK_GLOBAL
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.call()], // NEWOBJ
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.persistent()], // BINPERSID
]);

function checkProtocol(machine: Machine, protocol: number): void {
  if (protocol < 2 || protocol > 5) throw machine.inconsistent(`protocol ${protocol}`);
}
