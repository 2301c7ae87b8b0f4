/** What the environment says about the server. */
export interface ServerEnvironment {
  /** V2L_SERVER_TOKEN: what clients have to send. */
  readonly token: string | undefined;
  /** V2L_UPSTREAM_API_KEY: sent to the upstream server as a bearer token. */
  readonly upstreamApiKey: string | undefined;
}

/** Reads all environment variables of this package. Empty ones count as absent. */
export function readServerEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): ServerEnvironment {
  const read = (name: string) => variables[name] || undefined;
  return { token: read("V2L_SERVER_TOKEN"), upstreamApiKey: read("V2L_UPSTREAM_API_KEY") };
}
