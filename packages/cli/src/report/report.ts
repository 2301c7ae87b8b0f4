import { join } from "node:path";
import {
  atomicWriteFile,
  compose,
  type EvaluationSubject,
  encodePng,
  type Image,
  type Table,
  tableMarkdown,
} from "v2l";
import { type Chart, LIGHT } from "./chart.js";
import { reportPage } from "./page.js";

/** A picture of a report. */
export interface ReportPicture {
  /** Of its file, without the extension. */
  readonly name: string;
  readonly title: string;
  readonly image: Image;
}

/** What an evaluation has to show. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly pictures: readonly ReportPicture[];
  /** Tables of single cases, for the page alone. */
  readonly cases?: readonly Table[];
}

/** A picture as the bytes of a PNG file. */
export interface PngPicture extends Omit<ReportPicture, "image"> {
  readonly png: Uint8Array;
}

/** The tables below each other, without a newline at the end. */
export function tablesMarkdown(tables: readonly Table[]): string {
  return tables.map(tableMarkdown).join("\n\n");
}

/**
 * Writes an evaluation into a folder: `result.json`, `table.md`, a PNG for each chart and picture, and
 * `report.html`, which holds all of it and needs nothing else. Files of an earlier report are replaced.
 * @param value what `--json` prints
 */
export async function writeReport(
  folder: string,
  title: string,
  subject: EvaluationSubject,
  value: object,
  { tables, charts, pictures, cases = [] }: Findings,
): Promise<void> {
  const encoded: PngPicture[] = [];
  for (const { name, title: caption, image } of pictures) {
    encoded.push({ name, title: caption, png: await encodePng(image) });
  }
  for (const { name, png } of encoded) await atomicWriteFile(join(folder, `${name}.png`), png);
  for (const chart of charts) {
    await atomicWriteFile(join(folder, `${chart.name}.png`), await encodePng(await drawn(chart)));
  }
  await atomicWriteFile(join(folder, "table.md"), `${tablesMarkdown(tables)}\n`);
  await atomicWriteFile(join(folder, "result.json"), `${JSON.stringify(value)}\n`);
  const page = reportPage(title, [{ subject, tables, charts, pictures: encoded, cases }]);
  await atomicWriteFile(join(folder, "report.html"), page);
}

/** A chart as a picture on light ground. */
async function drawn({ width, height, drawing }: Chart): Promise<Image> {
  const colored = drawing.replaceAll(/var\(--([a-z0-9-]+)\)/g, (_, name: string) => {
    return LIGHT[name as keyof typeof LIGHT];
  });
  const text = 'font-family="DejaVu Sans, sans-serif"';
  return compose({ width, height }, LIGHT.ground, [], `<g ${text}>${colored}</g>`);
}
