/**
 * `build/bench/report.html`: one page without any reference to the outside, and the tables as Markdown for the documentation.
 *
 * @module
 */
import type { LatencyResult } from "./latency.ts";
import type { BenchLine, Verdict } from "./rows.ts";
import { GROUPS } from "./scenarios.ts";
import { speedTable } from "./speed/report.ts";
import type { SpeedResults } from "./speed/report.ts";
import { barPlot, linePlot } from "./svg.ts";
import type { Series } from "./svg.ts";
import { CONFIGS } from "./synth/configs.ts";
import type { Answer, Table, ThreadAnswers } from "./thread.ts";

/** All that was measured. */
export interface BenchResults {
  readonly lines: readonly BenchLine[];
  readonly verdict: Verdict;
  readonly latencies: readonly LatencyResult[];
  readonly thread: ThreadAnswers;
  readonly speed: SpeedResults;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function htmlTable({ title, columns, rows }: Table): string {
  const cells = (tag: string, values: readonly (string | number)[]): string =>
    values.map((value) => `<${tag}>${escaped(String(value))}</${tag}>`).join("");
  return (
    `<h4>${escaped(title)}</h4><table><thead><tr>${cells("th", columns)}</tr></thead><tbody>` +
    `${rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n")}</tbody></table>`
  );
}

/** A table for the terminal. */
export function textOf({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows].map((line) => line.map(String));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [title, ...text].join("\n");
}

/** A table as Markdown, with its title above. */
export function markdownTable({ title, columns, rows }: Table): string {
  const line = (values: readonly (string | number)[]): string => `| ${values.join(" | ")} |`;
  const rule = columns.map((_, index) => (index === 0 ? "---" : "---:"));
  return [`*${title}*`, "", line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** The figures of one direction and layout, as a line over `x`. */
function series(
  lines: readonly BenchLine[],
  x: (line: BenchLine) => number,
  name: (line: BenchLine) => string,
): Series[] {
  const names = [...new Set(lines.map(name))];
  return names.map((one) => ({
    name: one,
    points: lines
      .filter((line) => name(line) === one)
      .map((line) => ({ x: x(line), y: line.efficiency }))
      .sort((a, b) => a.x - b.x),
  }));
}

function plots(lines: readonly BenchLine[]): string {
  const out: string[] = [];
  const judged = lines.filter(({ required }) => required !== null);
  const plain = judged.filter(({ group }) => group === GROUPS.tx || group === GROUPS.rx);
  for (const dataWidth of [64, 512]) {
    const own = plain.filter((line) => line.data_w === dataWidth);
    const label = (line: BenchLine): string => `${line.direction} ${line.layout}`;
    const small = own.filter((line) => line.frame_bytes === 64);
    const longest = own.filter((line) => line.mem_latency === 256);
    out.push(
      barPlot({
        title: `${dataWidth} bit, 64-byte frames, latency 64: cycles per frame (dark: bound)`,
        unit: "cycles",
        bars: small
          .filter((line) => line.mem_latency === 64)
          .map((line) => ({ name: label(line), value: line.cycles_per_frame, mark: line.bound_per_frame })),
      }),
      linePlot({
        title: `${dataWidth} bit, 64-byte frames: efficiency against memory latency`,
        xLabel: "memory latency in cycles",
        yLabel: "efficiency",
        yRange: [0.8, 1],
        series: series(small, (line) => line.mem_latency, label),
      }),
      linePlot({
        title: `${dataWidth} bit, latency 256: efficiency against frame size`,
        xLabel: "frame bytes",
        yLabel: "efficiency",
        yRange: [0.8, 1],
        series: series(longest, (line) => line.frame_bytes, label),
      }),
    );
  }
  const offsets = judged.filter((line) => line.group === GROUPS.offset);
  out.push(
    linePlot({
      title: "512 bit, 64-byte frames inline, latency 64: efficiency against the place of the frame in a bus word",
      xLabel: "offset of the first frame byte",
      yLabel: "efficiency",
      yRange: [0.8, 1],
      series: [
        {
          name: "tx inline",
          points: offsets.map((line, offset) => ({ x: offset, y: line.efficiency })),
        },
      ],
    }),
  );
  const closed = lines.filter(
    (line) =>
      line.driver === "closed" &&
      line.mem_latency === 256 &&
      line.data_w === 512 &&
      line.frame_bytes === 64 &&
      [GROUPS.tx, GROUPS.rx, GROUPS.closed].some((group) => group === line.group) &&
      !line.layout.startsWith("single"),
  );
  out.push(
    linePlot({
      title:
        "512 bit, 64-byte frames, latency 256, driver waits for the used ring: efficiency against the size of the ring",
      xLabel: "ring entries",
      yLabel: "efficiency",
      yRange: [0, 1],
      series: series(
        closed,
        (line) => line.queue_size,
        (line) => `${line.direction} ${line.layout}`,
      ),
    }),
  );
  return out.join("\n");
}

/** The measured lines of a group as a table. */
export function lineTable(lines: readonly BenchLine[], group: string): Table {
  const own = lines.filter((line) => line.group === group);
  return {
    title: group,
    columns: ["bits", "direction", "layout", "bytes", "latency", "ring", "cycles/frame", "bound", "efficiency", "goal"],
    rows: own.map((line) => [
      line.data_w,
      line.direction.toUpperCase(),
      line.layout,
      line.frame_bytes,
      line.mem_latency,
      `${line.queue_size} ${line.driver}`,
      line.cycles_per_frame.toFixed(3),
      line.bound_per_frame.toFixed(3),
      line.efficiency.toFixed(3),
      goal(line),
    ]),
  };
}

function goal(line: BenchLine): string {
  if (line.required !== null) return `${line.required.toFixed(2)} ${line.is_met === true ? "met" : "missed"}`;
  return line.ring_limit === null ? "" : `ring allows ${line.ring_limit.toFixed(3)}`;
}

/** Totals of the latencies. */
export function latencyTotals(latencies: readonly LatencyResult[]): Table {
  return {
    title: "latency of one 64-byte frame through an idle device, in cycles: minimum / median / maximum",
    columns: ["bits", "memory latency", "driver", "from ... to", "min", "median", "max"],
    rows: latencies.flatMap((one) =>
      one.totals.map(({ name, min, median, max }) => [
        one.data_w,
        one.mem_latency,
        `${one.direction.toUpperCase()} ${one.layout}`,
        name,
        min,
        median,
        max,
      ]),
    ),
  };
}

/** Stages of the latencies: median cycles. */
export function latencyStages(latencies: readonly LatencyResult[], direction: "tx" | "rx"): Table {
  const own = latencies.filter((one) => one.direction === direction);
  return {
    title: `${direction.toUpperCase()}: median cycles of each stage`,
    columns: ["bits", "memory latency", "driver", ...(own[0]?.stages.map(({ name }) => name) ?? [])],
    rows: own.map((one) => [one.data_w, one.mem_latency, one.layout, ...one.stages.map(({ median }) => median)]),
  };
}

function answerHtml({ question, experiment, tables, curves }: Answer): string {
  const plot =
    curves === undefined
      ? ""
      : linePlot({
          title: curves.title,
          xLabel: curves.columns[0] ?? "",
          yLabel: "cycles",
          series: curves.columns.slice(1).map((name, column) => ({
            name,
            points: curves.rows.map((row) => ({ x: Number(row[0]), y: Number(row[column + 1]) })),
          })),
        });
  return `<h3>${escaped(question)}</h3><p>${escaped(experiment)}</p>${plot}${tables.map(htmlTable).join("\n")}`;
}

const STYLE = `
body { font: 15px/1.45 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem; }
th, td { border: 1px solid #ccc; padding: .15rem .5rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg { max-width: 100%; margin: .5rem 0; }
svg text { font: 12px sans-serif; fill: #222; }
li.missed { color: #a00; }
`;

/** The page. */
export function htmlReport({ lines, verdict, latencies, thread, speed }: BenchResults): string {
  const required = lines.filter((line) => line.required !== null);
  const missed = [...verdict.missed, ...verdict.known];
  const settings = Object.entries(CONFIGS.throughput).map(([name, value]) => `${name} ${value}`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>virtio-net-rtl: performance</title><style>${STYLE}</style></head>
<body>
<h1>Performance</h1>
<p>${required.length} required figures, ${missed.length} missed. Configuration: ${settings.join(", ")}; one queue pair in use and queues of
256 entries unless said otherwise.</p>
${missed.length === 0 ? "" : `<ul>${missed.map((text) => `<li class="missed">${escaped(text)}</li>`).join("")}</ul>`}
<p>Efficiency is bound / measured. The bound is the number of bus words that the buffers touch as they lie in memory, plus 16 bytes per
descriptor, 2 per available entry and 8 per used entry packed densely; of reads and writes the larger.</p>
<h2>Plots</h2>
${plots(lines)}
<h2>Questions of the thread</h2>
${thread.map(answerHtml).join("\n")}
<h2>Latency</h2>
${htmlTable(latencyTotals(latencies))}
${htmlTable(latencyStages(latencies, "tx"))}
${htmlTable(latencyStages(latencies, "rx"))}
<h2>Speed of the simulation</h2>
${htmlTable(speedTable(speed))}
<h2>All rows</h2>
${[...new Set(lines.map((line) => line.group))].map((group) => htmlTable(lineTable(lines, group))).join("\n")}
</body>
</html>
`;
}
