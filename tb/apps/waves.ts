/**
 * `make waves`: opens the last waveform in GTKWave with the signals grouped by stage. Without a display it says what to run.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { OptionError } from "./options.ts";
import { parseVcdHeader, waveSaveFile } from "./waves-save.ts";

const DIRECTORIES = ["build/sim", "build/runs"];
const HEADER_END = "$enddefinitions";
/** A header is never longer. */
const HEADER_BYTES = 16 << 20;

function newestWaveform(): string {
  const given = process.env["WAVE"];
  if (given !== undefined && given !== "") {
    if (!existsSync(given)) throw new OptionError(`WAVE: expected a waveform, got '${given}', which does not exist`);
    return given;
  }
  const found = DIRECTORIES.filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => /\.(vcd|fst)$/.test(path))
    .map((path) => ({ path, time: statSync(path).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  const newest = found[0];
  if (newest === undefined) {
    throw new OptionError(`no waveform in ${DIRECTORIES.join(" or ")}: 'WAVES=fst make sim' records one`);
  }
  return newest.path;
}

/** The part of a VCD before the values; of an FST file through fst2vcd, which comes with GTKWave. */
function headerOf(path: string): string {
  if (path.endsWith(".fst")) {
    const result = spawnSync(
      "bash",
      ["-c", `fst2vcd -f "$1" | sed '/${HEADER_END.replace("$", "\\$")}/q'`, "bash", path],
      {
        encoding: "latin1",
        maxBuffer: HEADER_BYTES,
      },
    );
    if (result.stdout === "") throw new Error(`fst2vcd cannot read ${path}: ${result.stderr}`);
    return result.stdout;
  }
  const bytes = Buffer.alloc(Math.min(HEADER_BYTES, statSync(path).size));
  const file = openSync(path, "r");
  readSync(file, bytes);
  closeSync(file);
  const text = bytes.toString("latin1");
  return text.slice(0, text.indexOf(HEADER_END));
}

function main(): number {
  const waveform = newestWaveform();
  const widths = parseVcdHeader(headerOf(waveform));
  const clock = [...widths.keys()].find((path) => path.endsWith("tb_top.clk")) ?? [...widths.keys()][0] ?? "";
  const save = join(dirname(waveform), `${basename(waveform).replace(/\.(vcd|fst)$/, "")}.gtkw`);
  writeFileSync(save, waveSaveFile(waveform, widths, clock.replace(/\.[^.]*$/, "")));
  if (process.env["DISPLAY"] === undefined && process.env["WAYLAND_DISPLAY"] === undefined) {
    console.log(`no display here; to look at it: gtkwave ${waveform} ${save}`);
    return 0;
  }
  console.log(`gtkwave ${waveform} ${save}`);
  spawn("gtkwave", [waveform, save], { detached: true, stdio: "ignore" }).unref();
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`make waves: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
