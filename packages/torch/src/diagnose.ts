/** A libtorch that the addon can be built against. */
export interface LibtorchInstallation {
  /** Where it was found: `LIBTORCH`, the name of a Python, or `system`. */
  readonly source: string;
  readonly include: string;
  readonly lib: string;
  readonly version: string;
}

interface Ladder {
  findLibtorch(): LibtorchInstallation | null;
  readonly REMEDIES: readonly string[];
}

/**
 * Looks for a libtorch in the order the build does: `LIBTORCH`, the Python that has torch, the system.
 * Does not load it; `torchAvailable()` tells whether the addon works.
 * @returns the first one found or null, and where none is found how to get one
 * @throws Error where `LIBTORCH` is set to a folder without libtorch
 */
export async function diagnoseLibtorch(): Promise<{
  readonly found: LibtorchInstallation | null;
  readonly remedies: readonly string[];
}> {
  const script = new URL("../../scripts/find-libtorch.mjs", import.meta.url);
  const { findLibtorch, REMEDIES } = (await import(script.href)) as Ladder;
  const found = findLibtorch();
  return { found, remedies: found ? [] : REMEDIES };
}
