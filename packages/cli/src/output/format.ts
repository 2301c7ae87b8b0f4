/** Seconds as people say them: `42s`, `3m 05s`, `2h 10m`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${two(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** `1 image`, `3 images`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Decibel with two decimals; equal pictures have none. */
export function decibel(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)} dB` : "identical";
}

/** `12.3%` of 0.123. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
