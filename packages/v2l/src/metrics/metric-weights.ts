import { existsSync } from "node:fs";
import { V2LError } from "@v2l/nn";

/** Networks of metrics whose weights others publish and the user brings. */
export type MetricWeightsName = "inception" | "vgg16" | "lpips";

/** A published weights file. */
export interface MetricWeights {
  /** What it is, for people. */
  readonly title: string;
  /** Name under which it is published. */
  readonly file: string;
  /** Where: nothing here fetches it. */
  readonly url: string;
  /** Metrics that are left out without it. */
  readonly metrics: readonly string[];
}

export const METRIC_WEIGHTS: Readonly<Record<MetricWeightsName, MetricWeights>> = {
  inception: {
    title: "the Inception-v3 weights of pytorch-fid",
    file: "pt_inception-2015-12-05-6726825d.pth",
    url: "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    metrics: ["FID", "Inception score"],
  },
  vgg16: {
    title: "the VGG16 weights of torchvision",
    file: "vgg16-397923af.pth",
    url: "https://download.pytorch.org/models/vgg16-397923af.pth",
    metrics: ["LPIPS"],
  },
  lpips: {
    title: "the LPIPS layers on VGG16 (v0.1)",
    file: "vgg.pth",
    url: "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/vgg.pth",
    metrics: ["LPIPS"],
  },
};

/** One line that says what is left out without a weights file, and where it is published. */
export function describeMissingWeights(name: MetricWeightsName): string {
  const { title, file, url, metrics } = METRIC_WEIGHTS[name];
  return `Without ${title} (${file}) there is no ${metrics.join(" and no ")}; download it from ${url}`;
}

/**
 * The path of a weights file, checked.
 * @param path what the user gave; nothing where they gave none
 * @throws V2LError WEIGHTS_MISSING, whose message says where the file is published and what is left out
 */
export function requireMetricWeights(name: MetricWeightsName, path?: string | null): string {
  if (typeof path === "string" && existsSync(path)) return path;
  const { title } = METRIC_WEIGHTS[name];
  const received = path ? `${path}, which does not exist` : "nothing";
  throw new V2LError(
    "WEIGHTS_MISSING",
    `Expected ${title} for \`${name}\` but received ${received}. ${describeMissingWeights(name)}`,
  );
}
