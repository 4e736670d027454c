/**
 * Renews the tables between the markers of the documentation.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";

import { latencyStages, latencyTotals, lineTable, markdownTable } from "./report.ts";
import type { BenchResults } from "./report.ts";
import type { BenchLine } from "./rows.ts";
import { GROUPS } from "./scenarios.ts";
import { speedTable } from "./speed/report.ts";
import type { Table } from "./thread.ts";

/** Puts `content` between the markers `begin NAME` and `end NAME`. */
export function replaceBetweenMarkers(text: string, name: string, content: string): string {
  const begin = `<!-- made by make bench: begin ${name} -->`;
  const end = `<!-- made by make bench: end ${name} -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError(`no markers '${begin}' and '${end}'`);
  return `${text.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

/** Efficiency of 64-byte frames in a few lines. */
export function summaryTable(lines: readonly BenchLine[]): Table {
  const judged = lines.filter(
    ({ required, frame_bytes, group }) =>
      required !== null && frame_bytes === 64 && (group === GROUPS.tx || group === GROUPS.rx),
  );
  const buses = [64, 512].flatMap((width) => [1, 64, 256].map((latency) => ({ width, latency })));
  const kinds = [...new Set(judged.map(({ direction, layout }) => `${direction} ${layout}`))];
  return {
    title: "64-byte frames: bound / measured cycles per frame, and their quotient, the efficiency",
    columns: ["", ...buses.map(({ width, latency }) => `${width} bit, L ${latency}`)],
    rows: kinds.map((kind) => [
      kind.replace(/^(tx|rx)/, (direction) => direction.toUpperCase()),
      ...buses.map(({ width, latency }) => {
        const line = judged.find(
          (one) => `${one.direction} ${one.layout}` === kind && one.data_w === width && one.mem_latency === latency,
        );
        if (line === undefined) return "";
        return `${line.bound_per_frame.toFixed(2)} / ${line.cycles_per_frame.toFixed(2)} = ${line.efficiency.toFixed(2)}`;
      }),
    ]),
  };
}

function verdictText({ lines, verdict }: BenchResults): string {
  const required = lines.filter((line) => line.required !== null).length;
  const missed = [...verdict.missed, ...verdict.known];
  const list = missed.map((text) => `- ${text}`).join("\n");
  return `${required} required figures, ${required - missed.length} met, ${missed.length} missed.\n\n${list}`;
}

/** Renews all tables. `madeBy`: command and date. */
export function renewDocs(results: BenchResults, madeBy: string): void {
  const { lines, latencies, thread, speed } = results;
  const files: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    "docs/performance.md": {
      summary: [verdictText(results), markdownTable(summaryTable(lines))],
      rows: [...new Set(lines.map(({ group }) => group))].map((group) => markdownTable(lineTable(lines, group))),
      latency: [latencyTotals(latencies), latencyStages(latencies, "tx"), latencyStages(latencies, "rx")].map(
        markdownTable,
      ),
      speed: [markdownTable(speedTable(speed))],
    },
    "docs/thread.md": Object.fromEntries(thread.map(({ id, tables }) => [id, tables.map(markdownTable)])),
    "README.md": { performance: [markdownTable(summaryTable(lines)), markdownTable(speedTable(speed))] },
  };
  for (const [path, parts] of Object.entries(files)) {
    let text = readFileSync(path, "utf8");
    for (const [name, tables] of Object.entries(parts)) {
      text = replaceBetweenMarkers(text, name, [...tables, madeBy].join("\n\n"));
    }
    writeFileSync(path, text);
  }
}
