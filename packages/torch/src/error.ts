/**
 * Stable codes of {@link TorchError}.
 * - `TORCH_UNAVAILABLE`: the addon is not built, or libtorch does not load.
 * - `UNKNOWN_OPERATOR`: this libtorch has no operator of that name and overload.
 * - `INVALID_ARGUMENT`: an argument is not of the type the schema asks for.
 * - `OPERATOR_FAILED`: libtorch refused the call (shapes, dtypes, devices, ...).
 * - `OUT_OF_MEMORY`: memory of the machine or the device ran out.
 * - `DISPOSED`: a tensor was used after it was freed.
 */
export type TorchErrorCode =
  | "TORCH_UNAVAILABLE"
  | "UNKNOWN_OPERATOR"
  | "INVALID_ARGUMENT"
  | "OPERATOR_FAILED"
  | "OUT_OF_MEMORY"
  | "DISPOSED";

/** The error of everything that reaches libtorch. Operator errors name the operator and its shapes. */
export class TorchError extends Error {
  override readonly name = "TorchError";

  constructor(
    readonly code: TorchErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
