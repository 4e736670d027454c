/**
 * Options of the programs from environment variables, with messages that say what is wrong.
 *
 * @module
 */
import { existsSync, statSync } from "node:fs";

import { LAYOUTS } from "../src/virtio/index.ts";
import type { LayoutPolicy } from "../src/virtio/index.ts";

/** A bad option. The programs print the message and exit with code 2. */
export class OptionError extends Error {
  readonly code = "OPTION";
}

/** Options of `make sim`. */
export interface SimOptions {
  readonly seed: number;
  readonly dataWidth: number;
  /** Cycles from a read request to its data. */
  readonly latency: number;
  /** Frames per layout; undefined: all there are. */
  readonly frames: number | undefined;
  readonly pcap: string | undefined;
  readonly layouts: readonly LayoutPolicy[];
  readonly waves: "vcd" | "fst" | undefined;
}

const DATA_WIDTHS = [64, 128, 256, 512];
/** Frames per layout when a waveform is recorded and no number is given: a waveform of thousands of frames serves nobody. */
const FRAMES_WITH_WAVES = 40;

/** The environment of a program, read with messages. An empty value is no value. */
export class OptionReader {
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  text(name: string): string | undefined {
    const value = this.#environment[name];
    return value === undefined || value === "" ? undefined : value;
  }

  /** An integer in a range. */
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < range.min || number > range.max) {
      throw new OptionError(`${name}: expected an integer from ${range.min} to ${range.max}, got '${value}'`);
    }
    return number;
  }

  /** `SEED`. */
  seed(): number {
    return this.integer("SEED", { min: 1, max: 0x7fffffff }) ?? 1;
  }

  /** `1` or nothing. */
  flag(name: string): boolean {
    const value = this.text(name);
    if (value !== undefined && value !== "0" && value !== "1") {
      throw new OptionError(`${name}: expected 1 or nothing, got '${value}'`);
    }
    return value === "1";
  }

  /** `SHARD=i/n`: part i (from 0) of n; all if not given. */
  shard(): Shard {
    const value = this.text("SHARD");
    if (value === undefined) return { index: 0, count: 1 };
    const match = /^(\d{1,6})\/(\d{1,6})$/.exec(value);
    const index = Number(match?.[1]);
    const count = Number(match?.[2]);
    if (match === null || index >= count) {
      throw new OptionError(`SHARD: expected i/n with i from 0 to n - 1, got '${value}'`);
    }
    return { index, count };
  }
}

/** One of several independent parts of a run. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads the options of `make sim` and `make timeline` from an environment. */
export function parseSimOptions(environment: Readonly<Record<string, string | undefined>>): SimOptions {
  const reader = new OptionReader(environment);
  const text = reader.text.bind(reader);
  const integer = reader.integer.bind(reader);
  const waves = text("WAVES");
  if (waves !== undefined && waves !== "vcd" && waves !== "fst") {
    throw new OptionError(`WAVES: expected vcd or fst, got '${waves}'`);
  }
  const widthText = text("DATA_W");
  const dataWidth = Number(widthText ?? 64);
  if (!DATA_WIDTHS.includes(dataWidth)) {
    throw new OptionError(`DATA_W: expected one of ${DATA_WIDTHS.join(", ")}, got '${widthText ?? ""}'`);
  }
  const pcap = text("PCAP");
  if (pcap !== undefined && !(existsSync(pcap) && statSync(pcap).isFile())) {
    throw new OptionError(`PCAP: expected a capture file (pcap or pcapng), got '${pcap}', which is no file`);
  }
  return {
    seed: reader.seed(),
    dataWidth,
    latency: integer("LATENCY", { min: 1, max: 100_000 }) ?? 50,
    frames: integer("FRAMES", { min: 1, max: 10_000_000 }) ?? (waves === undefined ? undefined : FRAMES_WITH_WAVES),
    pcap,
    layouts: parseLayouts(text("LAYOUT")),
    waves,
  };
}

function parseLayouts(text: string | undefined): readonly LayoutPolicy[] {
  if (text === undefined || text === "all") return LAYOUTS;
  return text.split(",").map((name) => {
    const layout = LAYOUTS.find((candidate) => candidate.name === name);
    if (layout === undefined) {
      const known = LAYOUTS.map((candidate) => candidate.name).join(", ");
      throw new OptionError(`LAYOUT: expected all or some of ${known} (with commas), got '${name}'`);
    }
    return layout;
  });
}
