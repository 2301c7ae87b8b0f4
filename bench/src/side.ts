import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Who computes: each runs in a process of its own. */
export type SideName = "v2l" | "pytorch";

/** Resident memory of a process in bytes: the largest so far and the present. */
export interface Memory {
  readonly peak: number;
  readonly resident: number;
}

/** A worker's answer: `seconds` to `run`, `versions` when it is ready. */
interface Answer {
  readonly seconds?: number;
  readonly versions?: Readonly<Record<string, string>>;
}

/**
 * libgomp's idle threads sleep. Spinning, as they do by default, they fight OpenBLAS's threads for the
 * cores, and each side would disturb the other.
 */
const ENVIRONMENT = {
  OMP_WAIT_POLICY: "passive",
  GOMP_SPINCOUNT: "0",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** One side of the benchmark in a process of its own, loaded and ready. */
export class Side {
  private constructor(
    private readonly process: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    private readonly reader: Interface,
    /** What it runs on. */
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  static async start(side: SideName, task: string, folder: string): Promise<Side> {
    const [program, script] =
      side === "v2l"
        ? [process.execPath, new URL("worker.js", import.meta.url)]
        : [python(), new URL("../../pytorch/worker.py", import.meta.url)];
    const child = spawn(program, [fileURLToPath(script), task, folder], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...ENVIRONMENT },
    });
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const { versions = {} } = await answer(lines, `${side}, ${task}`);
    return new Side(child, lines, reader, versions);
  }

  /** Runs the task once. @returns seconds */
  async run(): Promise<number> {
    return (await this.ask("run")).seconds as number;
  }

  /** Makes the worker write the results of its latest run. */
  async save(): Promise<void> {
    await this.ask("save");
  }

  /** Null where /proc is missing. */
  memory(): Memory | null {
    const file = `/proc/${this.process.pid}/status`;
    if (!existsSync(file)) return null;
    const status = readFileSync(file, "utf8");
    const kibibytes = (field: string) =>
      Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1]);
    return { peak: kibibytes("VmHWM") * 1024, resident: kibibytes("VmRSS") * 1024 };
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.stdin?.end();
    await ended;
    this.reader.close();
  }

  private ask(request: string): Promise<Answer> {
    this.process.stdin?.write(`${request}\n`);
    return answer(this.lines, request);
  }
}

async function answer(lines: AsyncIterator<string>, request: string): Promise<Answer> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`The worker ended instead of answering: ${request}`);
  return JSON.parse(value);
}

/** Debian's Python, which has Debian's PyTorch; another one by the environment variable `PYTHON`. */
function python(): string {
  return process.env.PYTHON ?? "/usr/bin/python3";
}
