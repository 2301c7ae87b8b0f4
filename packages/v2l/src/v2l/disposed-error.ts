import { expected, V2LError } from "@v2l/nn";

/** What using a disposed V2L throws. */
export function disposedError(): V2LError {
  const remedy = "Load the bundle again";
  return new V2LError("DISPOSED", expected("a live V2L", "v2l", "a disposed one", remedy));
}
