import {
  type CaptionEvaluation,
  type CaptionItem,
  captionSamplesTable,
  captionsTable,
  type FileCaptionEvaluation,
  type FileCaptionItem,
  fileCaptionSamplesTable,
  fileCaptionsTable,
  summarizeCaptions,
  summarizeFileCaptions,
  type WritingPart,
} from "@v2l/train";
import { percent } from "../output/format.js";
import { barChart } from "../report/bar-chart.js";
import type { Chart } from "../report/chart.js";
import type { Evaluation } from "./evaluation.js";
import { fileName } from "./file-name.js";
import { noteModel } from "./notes.js";

type Part = WritingPart<CaptionItem> | WritingPart<FileCaptionItem>;
type Result = CaptionEvaluation | FileCaptionEvaluation;

/** Of scenes of the demo world, or of images of the disk. */
export const caption: Evaluation<Part, Result, Result> = {
  title: "Captions",
  summarize: (parts) => {
    return isAboutScenes(parts) ? summarizeCaptions(parts) : summarizeFileCaptions(files(parts));
  },
  figures: (result) => result,
  resultOf: ({ results, samples }) => ({ results, samples }) as Result,
  findings: async (subject, result) => {
    const world = isOfScenes(result);
    const table = world ? captionsTable(result) : fileCaptionsTable(result);
    return {
      tables: [noteModel(table, subject)],
      charts: world ? namingCharts(result) : ciderCharts(result),
      pictures: [],
      cases: [world ? captionSamplesTable(result) : fileCaptionSamplesTable(result)],
    };
  },
};

function isAboutScenes(parts: readonly Part[]): parts is readonly WritingPart<CaptionItem>[] {
  return parts.every(({ items }) => items.every((item) => "scene" in item));
}

function files(parts: readonly Part[]) {
  return parts as readonly WritingPart<FileCaptionItem>[];
}

function isOfScenes(result: Result): result is CaptionEvaluation {
  return result.results.every((one) => "set" in one);
}

/** Of each set, how many objects each system names. */
function namingCharts({ results }: CaptionEvaluation): Chart[] {
  return [...new Set(results.map(({ set }) => set))].flatMap((set) => {
    const bars = results.flatMap((one) => {
      if (one.set !== set) return [];
      const { system, named, namedByKeyword } = one;
      return [{ name: system, value: namedByKeyword.share, part: named.share }];
    });
    const title = `Objects named by noun or keyword, ${set}`;
    return (
      barChart(fileName("objects-named", set), title, bars, "by the noun alone", percent) ?? []
    );
  });
}

function ciderCharts({ results }: FileCaptionEvaluation): Chart[] {
  const bars = results.map(({ system, cider }) => ({
    name: system,
    value: cider.mean,
    part: null,
  }));
  const write = (value: number) => value.toFixed(3);
  return [barChart("cider", "CIDEr-D", bars, "", write)].filter((chart) => chart !== null);
}
