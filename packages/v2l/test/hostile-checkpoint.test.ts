import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ErrorCode, V2LError } from "@v2l/nn";
import { conformance, rejects } from "@v2l/testing";
import { readCheckpoint, readNpyStrings } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";
import {
  call,
  global,
  list,
  pickleFile,
  raw,
  tensor,
  torchLegacy,
  torchZip,
  zip,
} from "./torch-file.js";
import { valuesOf } from "./values.js";

const FOUR = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);

async function save(t: TestContext, bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(t), "file.pth");
  await writeFile(path, bytes);
  return path;
}

async function refused(
  t: TestContext,
  bytes: Uint8Array,
  code: ErrorCode,
  ...parts: readonly string[]
): Promise<void> {
  await rejects(readCheckpoint(await save(t, bytes)), code, ...parts);
}

function model(entries: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map([["model", new Map(Object.entries(entries))]]);
}

test("the files these tests change are readable when they are not changed", async (t) => {
  const root = model({ w: tensor({ count: 4, shape: [2, 2] }) });
  for (const bytes of [
    torchZip(root, { 0: FOUR }),
    torchLegacy(root, [{ key: "0", count: 4, data: FOUR }]),
  ]) {
    const w = (await readCheckpoint(await save(t, bytes))).weights.get("w");
    assert.ok(w);
    assert.deepEqual(
      [w.shape, valuesOf(w)],
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    );
  }
});

test("a call of os.system is refused by name in every format, and not run", async (t) => {
  const marker = join(temporaryFolder(t), "executed");
  const attack = call(global("os", "system"), [`touch ${marker}`]);
  const root = model({ w: attack });
  await refused(t, torchZip(root, {}), "CHECKPOINT_UNSAFE", "os.system");
  await refused(t, torchLegacy(root, []), "CHECKPOINT_UNSAFE", "os.system");
  await refused(t, pickleFile(attack), "CHECKPOINT_UNSAFE", "os.system");
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
  const length = Buffer.from([header.length, 0]);
  const npy = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\0", "latin1"),
    length,
    Buffer.from(header),
  ]);
  const path = await save(t, Buffer.concat([npy, pickleFile(attack)]));
  await rejects(readNpyStrings(path), "CHECKPOINT_UNSAFE", "os.system");
  assert.equal(existsSync(marker), false);
});

test("other ways to code are refused by name", async (t) => {
  const cases: [string, ReturnType<typeof raw>][] = [
    ["builtins.eval", call(global("builtins", "eval"), ["1"])],
    ["torch.load", call(global("torch", "load"), ["x"])],
    ["posix.system", raw("\x8c\x05posix\x8c\x06system\x93")],
    ["torch._utils.__builtins__", global("torch._utils", "__builtins__")],
    ["opcode 0x69", raw("(ios\nsystem\n")],
    ["opcode 0x82", raw("\x82\x01")],
    ["a call of something else", raw("X\x01\0\0\0a)R")],
    ["a call of something else", call(global("torch", "FloatStorage"), [1])],
    ["state for another object", raw(global("torch", "FloatStorage").bytes, "}b")],
  ];
  for (const [part, attack] of cases) {
    await refused(t, torchZip(model({ w: attack }), {}), "CHECKPOINT_UNSAFE", part);
  }
});

test("views must lie inside their storage", async (t) => {
  const cases: [string, Parameters<typeof tensor>[0]][] = [
    ["5 elements in a storage of 4", { count: 4, shape: [5] }],
    ["element 4 of a storage of 4", { count: 4, shape: [2], offset: 3 }],
    ["element 6 of a storage of 4", { count: 4, shape: [2, 2], strides: [5, 1] }],
    ["negative", { count: 4, shape: [-2, -2] }],
    ["negative", { count: 4, shape: [2], offset: -1 }],
    ["negative", { count: 4, shape: [2], offset: 2, strides: [-1] }],
    ["1 sizes and 2 strides", { count: 4, shape: [2], strides: [1, 1] }],
    ["1000000000 elements", { count: 4, shape: [1_000_000_000], strides: [0] }],
    ["100 dimensions", { count: 4, shape: Array(100).fill(1) }],
    ["elements", { count: 4, shape: [2 ** 50, 2 ** 50, 2 ** 50], strides: [0, 0, 0] }],
  ];
  for (const [part, view] of cases) {
    const root = model({ "layer.weight": tensor(view) });
    await refused(t, torchZip(root, { 0: FOUR }), "CHECKPOINT_UNREADABLE", part, "layer.weight");
    const old = torchLegacy(root, [{ key: "0", count: view.count, data: FOUR }]);
    await refused(t, old, "CHECKPOINT_UNREADABLE", part, "layer.weight");
  }
});

test("storages must have the size the pickle says", async (t) => {
  const big = model({ w: tensor({ count: 2 ** 40, shape: [2 ** 40] }) });
  await refused(t, torchZip(big, { 0: FOUR }), "CHECKPOINT_UNREADABLE", "data/0", "16 bytes");
  await refused(t, torchZip(big, {}), "CHECKPOINT_UNREADABLE", "no such entry");
  const claims = torchLegacy(big, [{ key: "0", count: 2 ** 40, data: FOUR }]);
  await refused(t, claims, "CHECKPOINT_UNREADABLE", "bytes");
  const four = model({ w: tensor({ count: 4, shape: [4] }) });
  const fewer = torchLegacy(four, [{ key: "0", count: 3, data: FOUR }]);
  await refused(t, fewer, "CHECKPOINT_UNREADABLE", "4 elements");
  const negative = model({ w: tensor({ count: -4, shape: [0] }) });
  await refused(t, torchZip(negative, { 0: FOUR }), "CHECKPOINT_UNREADABLE", "persistent id");
});

test("copies of views cannot multiply a small file", async (t) => {
  const count = 100_000;
  const view = tensor({ count, shape: [count / 2, 2], strides: [1, count / 2] });
  const root = model(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`w${i}`, view])));
  const bytes = torchZip(root, { 0: new Uint8Array(count * 4) });
  await refused(t, bytes, "CHECKPOINT_UNREADABLE", "3600000 bytes");
});

test("zip files that claim more than they hold are refused", async (t) => {
  const data = pickleFile(model({}));
  const name = "archive/data.pkl";
  await refused(t, zip([{ name, data, method: 8 }]), "CHECKPOINT_UNREADABLE", "compressed");
  await refused(t, zip([{ name, data, size: 2 ** 31 }]), "CHECKPOINT_UNREADABLE", "larger");
  await refused(
    t,
    zip([
      { name, data },
      { name, data },
    ]),
    "CHECKPOINT_UNREADABLE",
    "two entries",
  );
  await refused(t, zip([{ name: "a.txt", data }]), "CHECKPOINT_UNREADABLE", "0 data.pkl");
});

test("pickles that refer to themselves or to nothing end in an error", async (t) => {
  // A dictionary that contains itself, as `model` and inside `args`.
  const itself = raw("}q\x00X\x05\0\0\0modelh\x00s");
  await refused(t, torchZip(itself, {}), "CHECKPOINT_UNREADABLE");
  const cases = [
    raw("h\x09"), // memo that is not set
    raw("X\xff\xff\xff\xff"), // text of 4 GB
    raw("\x8e\xff\xff\xff\xff\xff\xff\xff\xff"), // bytes of 16 EB
    raw("\x8b\xff\xff\xff\xff"), // integer of 4 GB
    raw("R"), // call on an empty stack
    raw("t"), // tuple without mark
    raw("}(Nu"), // key without value
    raw("Na"), // append to None
    raw("\x80\x09N"), // unknown protocol
  ];
  for (const root of cases) await refused(t, torchZip(root, {}), "CHECKPOINT_UNREADABLE");
});

test("deep and endless pickles do not exhaust the stack or the memory", async (t) => {
  const deep = raw("N", Buffer.alloc(500_000, 0x85)); // TUPLE1 of TUPLE1 of ...
  await refused(t, torchZip(deep, {}), "CHECKPOINT_UNREADABLE", "a dictionary or a tensor");
  const endless = raw(Buffer.alloc(1_000_001, "}"));
  await refused(t, torchZip(endless, {}), "CHECKPOINT_UNREADABLE", "at most 1000000 objects");
  const sparse = raw("Nr\xff\xff\xff\xff"); // memo 4294967295
  await refused(t, torchZip(sparse, {}), "CHECKPOINT_UNREADABLE", "a dictionary or a tensor");
});

test("dictionaries made of pairs hold pairs, and many of one list do not multiply it", async (t) => {
  const dict = global("collections", "OrderedDict");
  for (const wrong of [list("abc"), list(list("a")), list(list("a", 1, 2)), "ab"]) {
    await refused(t, torchZip(call(dict, [wrong]), {}), "CHECKPOINT_UNREADABLE", "pairs");
  }
  await refused(t, torchZip(call(dict, [list(), list()]), {}), "CHECKPOINT_UNREADABLE", "pairs");
  // 50,000 pairs, then 50,000 dictionaries of them: 2.5 billion entries.
  const pairs = raw("](", ...Array.from({ length: 50_000 }, (_, i) => list(i, null).bytes), "e");
  const again = "h\x02h\x01\x85R0".repeat(50_000);
  const bomb = raw(pairs.bytes, "q\x010", dict.bytes, "q\x020", again, "N");
  await refused(t, torchZip(bomb, {}), "CHECKPOINT_UNREADABLE", "a dictionary or a tensor");
});

test("values that unfold without end are never unfolded", async (t) => {
  const laughs = raw(")", ...Array.from({ length: 60 }, () => "2\x86")); // 2^60 empty tuples
  const deep = raw(")", Buffer.alloc(200_000, 0x85));
  const many = raw("(", Buffer.alloc(200_000, "N"), "t");
  const kinds: [string, string][] = [
    ["numpy", "dtype"],
    ["_codecs", "encode"],
    ["pathlib", "PosixPath"],
    ["collections", "OrderedDict"],
    ["torch", "Size"],
  ];
  for (const value of [laughs, deep, many]) {
    const roots = [
      ...kinds.map(([module, name]) => call(global(module, name), [value])),
      raw(value.bytes, "X\x01\0\0\0a\x93"), // a global named by it
      raw("(X\x07\0\0\0storage", value.bytes, "tQ"), // a storage of it
      model({ w: tensor({ count: 4, shape: [4] }), "": value }),
      new Map([["model", raw("}", value.bytes, "Ns")]]), // a name
    ];
    for (const root of roots) {
      await rejects(readCheckpoint(await save(t, torchZip(root, {}))), "CHECKPOINT_UNREADABLE");
    }
  }
});

test("files of other kinds are named as such", async (t) => {
  await refused(t, Buffer.alloc(0), "CHECKPOINT_UNREADABLE", "an empty file");
  await refused(t, Buffer.from("just text"), "CHECKPOINT_UNREADABLE", "another format");
  await refused(t, Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "CHECKPOINT_UNREADABLE");
  await refused(t, pickleFile(new Map([["a", 1]])), "CHECKPOINT_UNREADABLE", "something else");
  await refused(t, torchZip(new Map([["epoch", 1]]), {}), "CHECKPOINT_UNREADABLE", "none");
  await refused(t, torchZip(model({ w: "text" }), {}), "CHECKPOINT_UNREADABLE", "under w");
  await rejects(readCheckpoint(temporaryFolder(t)), "CHECKPOINT_UNREADABLE", "a file");
  await rejects(readCheckpoint("/no/such/file.pth"), "FILE_NOT_FOUND", "/no/such/file.pth");
});

for (const file of ["checkpoint-extras-zip.pth", "checkpoint-state-dict.pth"]) {
  test(`${file} cut anywhere is unreadable`, async (t) => {
    const bytes = await readFile(conformance(file) as string);
    for (let part = 0; part < 40; part++) {
      const length = Math.floor((bytes.length * part) / 40);
      await refused(t, bytes.subarray(0, length), "CHECKPOINT_UNREADABLE");
    }
    await refused(t, bytes.subarray(0, -1), "CHECKPOINT_UNREADABLE");
  });

  test(`${file} with a flipped bit is read or refused, never worse`, async (t) => {
    const bytes = await readFile(conformance(file) as string);
    const path = await save(t, bytes);
    for (let at = 0; at < bytes.length; at += 61) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      await writeFile(path, changed);
      await readCheckpoint(path).catch((error: unknown) => {
        assert.ok(error instanceof V2LError, `byte ${at}: ${String(error)}`);
      });
    }
  });
}

test("a flipped bit in a tensor of the zip format is found by its CRC", async (t) => {
  const bytes = torchZip(model({ w: tensor({ count: 4, shape: [4] }) }), { 0: FOUR });
  const at = bytes.indexOf(Buffer.from(FOUR));
  bytes[at + 5] = (bytes[at + 5] as number) ^ 4;
  await refused(t, bytes, "CHECKPOINT_UNREADABLE", "CRC", "storage 0");
});
