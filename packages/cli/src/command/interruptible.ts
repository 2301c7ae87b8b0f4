import { InterruptedError } from "./errors.js";

/**
 * Awaits work that watches `signal`.
 * @param message what an interruption leaves and how to go on
 * @throws InterruptedError where the work ended because it was asked to
 */
export async function interruptible<T>(
  signal: AbortSignal,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new InterruptedError(message);
  }
}
