import { type EvaluationSubject, escapeXml, type Table } from "v2l";
import { type Chart, DARK, LIGHT } from "./chart.js";
import type { PngPicture } from "./report.js";

/** A part of a page. */
export interface PageSection {
  /** Above it; none where the page's title says it. */
  readonly title?: string;
  /** What was measured, with what; none where the section is about no evaluation. */
  readonly subject?: EvaluationSubject;
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly pictures: readonly PngPicture[];
  /** Tables of single cases. */
  readonly cases: readonly Table[];
}

/** A page of HTML that needs nothing but itself: drawings and pictures are inside. */
export function reportPage(title: string, sections: readonly PageSection[]): string {
  const name = escapeXml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${name}</h1>
${sections.map(section).join("\n")}
</body>
</html>
`;
}

function colors(of: Readonly<Record<string, string>>): string {
  return Object.entries(of)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

const STYLE = [
  `:root{${colors(LIGHT)}}`,
  `@media(prefers-color-scheme:dark){:root{${colors(DARK)}}}`,
  "body{margin:2rem auto;max-width:70rem;padding:0 1rem;background:var(--ground);color:var(--ink);" +
    "font:16px/1.5 system-ui,sans-serif}",
  "h1{font-size:1.6rem}h2{font-size:1.35rem;margin:3rem 0 .5rem}h3{font-size:1.1rem;margin:2rem 0 .5rem}",
  ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}",
  "th,td{padding:.3rem .7rem;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line);" +
    "font-variant-numeric:tabular-nums}th{color:var(--muted);font-weight:600}",
  "svg,img{max-width:100%;height:auto;display:block}p{max-width:50rem;color:var(--muted)}",
  "pre{overflow-x:auto;font-size:.8rem}summary{cursor:pointer;margin-top:2rem}",
].join("");

function section({ title, subject, tables, charts, pictures, cases }: PageSection): string {
  const command = subject?.command;
  const level = title === undefined ? 2 : 3;
  return [
    heading(title, 2),
    ...(command === undefined ? [] : [`<pre>${escapeXml(command)}</pre>`]),
    ...tables.map((table) => tableSection(table, level)),
    ...pictures.map((picture) => pictureSection(picture, level)),
    ...charts.map((chart) => chartSection(chart, level)),
    ...cases.map((table) => tableSection(table, level)),
    ...(subject === undefined ? [] : [subjectSection(subject)]),
  ].join("\n");
}

function tableSection({ title, head, rows, notes = [] }: Table, level: Level): string {
  const cells = (row: readonly string[], tag: "th" | "td") =>
    `<tr>${row.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => cells(row, "td")).join("");
  return [
    `<section>${heading(title, level)}<div class="wide"><table><thead>${cells(head, "th")}</thead>`,
    `<tbody>${body}</tbody></table></div>`,
    `${notes
      .filter((note) => note !== "")
      .map((note) => `<p>${escapeXml(note)}</p>`)
      .join("")}</section>`,
  ].join("");
}

function chartSection({ title, width, height, drawing }: Chart, level: Level): string {
  const name = escapeXml(title);
  const box = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const svg = `<svg ${box} role="img" aria-label="${name}">${drawing}</svg>`;
  return `<section>${heading(title, level)}${svg}</section>`;
}

function pictureSection({ title, png }: PngPicture, level: Level): string {
  const data = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  return `<section>${heading(title, level)}<img src="${data}" alt="${escapeXml(title)}"></section>`;
}

function subjectSection(subject: EvaluationSubject): string {
  const lines = JSON.stringify(subject, null, 2).split("\n");
  const text = lines.map(escapeXml).join("\n");
  return `<details><summary>What was measured, with what</summary><pre>${text}</pre></details>`;
}

/** Of a heading: the page's title is 1. */
type Level = 2 | 3;

function heading(title: string | undefined, level: Level): string {
  return title === undefined ? "" : `<h${level}>${escapeXml(title)}</h${level}>`;
}
