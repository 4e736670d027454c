/**
 * `make sim`: replays recorded traffic through the device, once per header layout, and prints a table.
 *
 * Exit codes: 0 all frames as expected, 1 a mismatch, 2 a bad option.
 *
 * @module
 */
import { writeFileSync } from "node:fs";

import { OptionError, parseSimOptions } from "./options.ts";
import { loadTraffic, openBench, replay, SIM_DIRECTORY, takeTraffic } from "./replay.ts";
import type { ReplayResult } from "./replay.ts";

const COLUMNS: readonly (readonly [title: string, width: number, cell: (result: ReplayResult) => string])[] = [
  ["layout", -18, (r) => r.layout],
  ["tx frames", 9, (r) => String(r.txFrames)],
  ["rx frames", 9, (r) => String(r.rxFrames)],
  ["desc/tx", 8, (r) => r.txDescriptorsPerFrame.toFixed(2)],
  ["desc/rx", 8, (r) => r.rxDescriptorsPerFrame.toFixed(2)],
  ["cyc/tx", 8, (r) => r.txCyclesPerFrame.toFixed(1)],
  ["cyc/rx", 8, (r) => r.rxCyclesPerFrame.toFixed(1)],
  ["inline", 7, (r) => String(r.inline)],
  ["alone", 7, (r) => String(r.alone)],
  ["cut", 7, (r) => String(r.cut)],
  ["mismatches", 10, (r) => String(r.mismatches)],
];

function row(cell: (column: (typeof COLUMNS)[number]) => string): string {
  return COLUMNS.map((column) => {
    const [, width] = column;
    const text = cell(column);
    return width < 0 ? text.padEnd(-width) : text.padStart(width);
  }).join("  ");
}

async function main(): Promise<number> {
  const options = parseSimOptions(process.env);
  const traffic = takeTraffic(loadTraffic(options.pcap), options.frames);
  const count = traffic.tx.length + traffic.rx.length;
  if (count === 0) throw new OptionError(`PCAP: expected frames, got none in '${options.pcap ?? ""}'`);
  const say = (text: string): void => {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };
  say(`building and starting the simulation (${options.dataWidth} bit) ...`);
  const bench = await openBench(options);
  const started = process.uptime();
  const results: ReplayResult[] = [];
  const firstCycle = bench.cycle;
  try {
    for (const [index, layout] of options.layouts.entries()) {
      say(`[${index + 1}/${options.layouts.length}] ${layout.name}: ${count} frames, ${layout.summary}`);
      results.push(await replay(bench, layout, traffic));
    }
    await bench.stop();
  } finally {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    await bench.close();
  }
  const seconds = process.uptime() - started;
  const cycles = bench.cycle - firstCycle;
  const sum = (pick: (result: ReplayResult) => number): number => results.reduce((total, r) => total + pick(r), 0);
  const mismatches = sum((r) => r.mismatches);

  console.log(row(([title]) => title));
  for (const result of results) console.log(row(([, , cell]) => cell(result)));
  for (const result of results) {
    const reasons = Object.entries(result.reasons).map(([reason, times]) => `${reason} ${times}`);
    if (reasons.length > 0) console.log(`${result.layout}: transmit headers: ${reasons.join(", ")}`);
    for (const problem of result.problems) console.log(`${result.layout}: ${problem}`);
  }
  console.log(
    `${sum((r) => r.txFrames + r.rxFrames)} frames, ${sum((r) => r.bytes)} bytes, ${cycles} cycles, ` +
      `${Math.round(cycles / seconds)} cycles/s, ${mismatches} mismatches, DATA_W ${options.dataWidth}, ` +
      `LATENCY ${options.latency}, seed ${options.seed}`,
  );
  const summary = {
    seed: options.seed,
    dataWidth: options.dataWidth,
    latencyCycles: options.latency,
    frames: sum((r) => r.txFrames + r.rxFrames),
    bytes: sum((r) => r.bytes),
    cycles,
    mismatches,
    layouts: results,
  };
  writeFileSync(`${SIM_DIRECTORY}/summary.json`, `${JSON.stringify(summary, undefined, 2)}\n`);
  const expected = count * options.layouts.length;
  if (mismatches > 0 || summary.frames !== expected) {
    console.log(`make sim: failed: ${summary.frames} of ${expected} frames, ${mismatches} mismatches`);
    return 1;
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`make sim: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
