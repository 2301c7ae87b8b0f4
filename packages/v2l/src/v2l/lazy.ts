/** A value that is made at its first use and kept. A failed attempt is not kept: the next use tries again. */
export class Lazy<T> {
  private promise: Promise<T> | null = null;

  constructor(private readonly make: () => Promise<T>) {}

  get(): Promise<T> {
    this.promise ??= this.make().catch((error: unknown) => {
      this.promise = null;
      throw error;
    });
    return this.promise;
  }

  /** What was made, or null where nothing was. */
  async made(): Promise<T | null> {
    return this.promise === null ? null : this.promise.catch(() => null);
  }
}
