import { type FileHandle, open } from "node:fs/promises";
import { type ErrorCode, expected, V2LError } from "@v2l/nn";
import { RandomAccess } from "./random-access.js";

/** Largest single read of the operating system interface. */
const READ_CHUNK = 1 << 30;

/** A file open for reading at any position. */
export class RandomAccessFile extends RandomAccess {
  private constructor(
    path: string,
    size: number,
    code: ErrorCode,
    private readonly handle: FileHandle,
  ) {
    super(path, size, code);
  }

  /**
   * Opens `path`, hands the file to `use` and closes it.
   * @param code the code of the errors about what the file contains.
   * @throws FILE_NOT_FOUND; `code` where `path` is not a file.
   */
  static async with<T>(
    path: string,
    code: ErrorCode,
    use: (file: RandomAccessFile) => Promise<T>,
  ): Promise<T> {
    const handle = await openForReading(path);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new V2LError(code, expected("a file", path, "a folder or device"));
      return await use(new RandomAccessFile(path, stat.size, code, handle));
    } finally {
      await handle.close();
    }
  }

  get descriptor(): number {
    return this.handle.fd;
  }

  protected async readInside(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const chunk = Math.min(length - done, READ_CHUNK);
      const { bytesRead } = await this.handle.read(bytes, done, chunk, position + done);
      if (bytesRead === 0) throw this.error("a file that keeps its size", "a file that shrinks");
      done += bytesRead;
    }
    return bytes;
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") {
      throw new V2LError(
        "FILE_NOT_FOUND",
        expected("a readable file", path, code === "EACCES" ? "no permission" : "nothing there"),
        { cause: error },
      );
    }
    throw error;
  }
}
