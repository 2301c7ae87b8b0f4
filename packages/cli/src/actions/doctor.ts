import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expected, V2LError } from "@v2l/nn";
import type { Image } from "v2l";
import type { Call } from "../command/command.js";
import { errorCode } from "../command/errors.js";
import type { Values } from "../command/option.js";
import type { DoctorOptions } from "../commands/doctor.js";

type Status = "ok" | "warning" | "failure";

/** What one part of the machine is like. */
interface Finding {
  readonly part: string;
  readonly status: Status;
  readonly detail: string;
  readonly remedies?: readonly string[];
}

const MARKS: Readonly<Record<Status, string>> = { ok: "ok  ", warning: "warn", failure: "FAIL" };

/** Looks at one part; may throw. */
interface Check {
  readonly part: string;
  run(options: Values<DoctorOptions>): Told | Promise<Told>;
  /** What it means that `run` throws, and what helps. */
  readonly thrown: Status;
  readonly remedies: readonly string[];
}

type Told = Omit<Finding, "part">;

const CHECKS: readonly Check[] = [
  { part: "machine", run: machine, thrown: "warning", remedies: [] },
  { part: "node", run: node, thrown: "failure", remedies: [] },
  {
    part: "images",
    run: images,
    thrown: "failure",
    remedies: ["npm install --include=optional sharp", "https://sharp.pixelplumbing.com/install"],
  },
  {
    part: "onnxruntime",
    run: onnxRuntime,
    thrown: "failure",
    remedies: ["reinstall it for this platform: npm install onnxruntime-node"],
  },
  {
    part: "libtorch",
    run: libtorch,
    thrown: "warning",
    remedies: ["set LIBTORCH to a folder with include/ and lib/, or unset it"],
  },
  {
    part: "bundle",
    run: bundle,
    thrown: "failure",
    remedies: [
      "use another bundle: --bundle FOLDER",
      "make one: v2l import --help, v2l train --help",
      "reinstall the package, which has the demo bundle",
    ],
  },
];

export async function doctor({ options, output }: Call<DoctorOptions>): Promise<void> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(await look(check, options));
  const failed = findings.filter(({ status }) => status === "failure");
  output.result({ healthy: failed.length === 0, findings }, ...findings.flatMap(lines));
  if (failed.length === 0) return;
  const names = failed.map(({ part }) => part).join(", ");
  throw new V2LError("RUNTIME", `Not ready: ${names}. The remedies are listed above`);
}

/** A check that throws is a finding too: the others must still run. */
async function look(check: Check, options: Values<DoctorOptions>): Promise<Finding> {
  const { part, thrown, remedies } = check;
  try {
    return { part, ...(await check.run(options)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const detail = `[${errorCode(error)}] ${message.split("\n")[0]}`;
    return { part, status: thrown, detail, remedies };
  }
}

function lines({ part, status, detail, remedies = [] }: Finding): string[] {
  const steps = remedies.map((remedy, i) => `        remedy ${i + 1}: ${remedy}`);
  return [`${MARKS[status]}  ${part}: ${detail}`, ...steps];
}

function machine(): Told {
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB memory`;
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const system = `${process.platform} ${process.arch} ${release()}`;
  const detail = `${system}, ${availableParallelism()} x ${model}, ${memory}`;
  return { status: "ok", detail };
}

function node(): Told {
  const { engines, version } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  ) as { engines: { node: string }; version: string };
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = (engines.node.match(/\d+/g) ?? []).map(Number);
  const recent = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  const detail = `Node ${process.versions.node}, v2l ${version}`;
  if (recent) return { status: "ok", detail };
  return { status: "failure", detail, remedies: [`install Node ${engines.node}`] };
}

async function images(): Promise<Told> {
  const { default: sharp } = await import("sharp");
  const detail = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
  return { status: "ok", detail };
}

async function onnxRuntime({ device }: Values<DoctorOptions>): Promise<Told> {
  const { runtimeVersion } = await import("@v2l/onnx");
  const usable = await usableDevices();
  const detail = `ONNX Runtime ${await runtimeVersion()}, usable devices: ${usable.join(", ")}`;
  if (usable.includes(device)) return { status: "ok", detail };
  return { status: "failure", detail, remedies: [`use --device ${usable[0] ?? "cpu"}`] };
}

async function usableDevices(): Promise<readonly string[]> {
  const program = fileURLToPath(new URL("./probe-devices.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  return JSON.parse(stdout) as string[];
}

async function libtorch(): Promise<Told> {
  const { cudaDevices, diagnoseLibtorch, threads, torchAvailable } = await import("@v2l/torch");
  const torch = torchAvailable();
  if (torch.available) {
    const detail = `${torch.version}, ${threads()} threads, ${cudaDevices()} CUDA devices`;
    return { status: "ok", detail };
  }
  const { found, remedies } = await diagnoseLibtorch();
  const detail = `not usable, so training is not (all else is). ${torch.reason}`;
  if (!found) return { status: "warning", detail, remedies };
  return {
    status: "warning",
    detail: `${detail}. Found ${found.version} (${found.source}: ${found.lib})`,
    remedies: ["npm run build:native"],
  };
}

/** Opens the bundle, which verifies every file, and sends a picture through all its networks. */
async function bundle({ bundle: path, device, threads }: Values<DoctorOptions>): Promise<Told> {
  const { demoBundlePath, V2L } = await import("v2l");
  const v2l = await V2L.load(path, { device, ...(threads === undefined ? {} : { threads }) });
  try {
    const { name, clip, codebooks } = v2l.manifest;
    const tokens = await v2l.encode(gradient(64));
    const begun = performance.now();
    const again = await v2l.encode(gradient(64));
    const encoded = performance.now();
    await v2l.decode(again);
    const decoded = performance.now();
    if (tokens.localTokens.grid.join() !== again.localTokens.grid.join()) {
      throw new V2LError("RUNTIME", expected("equal tokens twice", "encode", "different ones"));
    }
    const detail =
      `${name} (${path ?? demoBundlePath()}), ${codebooks.local.size} local and ` +
      `${codebooks.global.size} global words, CLIP ${clip.reference}; encode ` +
      `${(encoded - begun).toFixed(0)} ms, first decode ${(decoded - encoded).toFixed(0)} ms`;
    return { status: "ok", detail };
  } finally {
    await v2l.dispose();
  }
}

function gradient(side: number): Image {
  const data = Uint8Array.from(
    { length: side * side * 3 },
    (_, i) => (i * 255) / (side * side * 3),
  );
  return { width: side, height: side, data };
}
