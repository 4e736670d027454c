/**
 * Reads a VCD file cycle by cycle: at each rising clock edge, what the design and its surroundings sampled there.
 *
 * @module
 */
import { createReadStream } from "node:fs";

import makeParser from "vcd-stream/lib/web-vcd-parser.js";
import type { VcdNode } from "vcd-stream/lib/web-vcd-parser.js";
import loadModule from "vcd-stream/out/vcd.js";

/** A file that is no VCD, or has not the signals that are needed. */
export class WaveformError extends Error {
  readonly code = "WAVEFORM";
}

/** The signals as the clock edge number `cycle` samples them. Valid only during the callback. */
export interface WaveSample {
  readonly cycle: number;
  /** The value of one of the signals asked for. */
  value(name: string): bigint;
  /** Bit 0 of it. */
  bit(name: string): boolean;
}

/** Which signals to read. */
export interface WaveRequest {
  readonly path: string;
  /** Scope of the signals, with dots. */
  readonly scope: string;
  readonly clock: string;
  readonly signals: readonly string[];
}

/** The parser copies each chunk to its stack, which is small. */
const CHUNK_BYTES = 16384;
const BIT_IS_1 = 15;
const LAST_BIT_COMMAND = 28;

/** Calls `onCycle` for each rising edge of the clock. Unknown bits count as 0. */
export async function readWaveform(request: WaveRequest, onCycle: (sample: WaveSample) => void): Promise<void> {
  const parser = await makeParser(await loadModule());
  const links = new Map<string, string>();
  const values = new Map<string, bigint>();
  let pending = new Map<string, bigint>();
  let time = -1n;
  let cycle = 0;
  const failures: Error[] = [];

  const sample: WaveSample = {
    get cycle() {
      return cycle;
    },
    value(name) {
      const link = links.get(name);
      if (link === undefined) throw new WaveformError(`signal '${name}' was not asked for`);
      return values.get(link) ?? 0n;
    },
    bit(name) {
      return (this.value(name) & 1n) === 1n;
    },
  };
  // All changes of one time belong together. An edge samples what was there before them.
  const settle = (): void => {
    const clock = links.get(request.clock) ?? "";
    if (pending.get(clock) === 1n && values.get(clock) !== 1n) {
      onCycle(sample);
      cycle++;
    }
    for (const [link, value] of pending) values.set(link, value);
    pending = new Map();
  };
  const onChange = (link: string, at: bigint, value: bigint): void => {
    if (failures.length > 0) return;
    if (at !== time) {
      try {
        settle();
      } catch (error) {
        failures.push(error instanceof Error ? error : new WaveformError(String(error)));
      }
      time = at;
    }
    pending.set(link, value);
  };

  parser.on("$enddefinitions", () => {
    const found = signalsOf(parser.info.wires, request.scope);
    for (const name of [request.clock, ...request.signals]) {
      const link = found.get(name);
      if (link === undefined) {
        failures.push(new WaveformError(`${request.path}: no signal '${request.scope}.${name}'`));
      } else if (![...links.values()].includes(link)) {
        parser.change.on(link, (at, command, value) => {
          onChange(link, at, command <= LAST_BIT_COMMAND ? BigInt(command === BIT_IS_1) : (value ?? 0n));
        });
      }
      if (link !== undefined) links.set(name, link);
    }
  });
  await new Promise<void>((resolve, reject) => {
    const file = createReadStream(request.path, { highWaterMark: CHUNK_BYTES });
    file.on("error", reject);
    parser.on("error", reject);
    parser.on("finish", resolve);
    file.pipe(parser);
  });
  if (failures.length === 0) settle();
  if (failures[0] !== undefined) throw failures[0];
  if (links.size === 0) throw new WaveformError(`${request.path}: not a VCD file`);
}

/** Signals of a scope by name; outer scopes that simulators add are passed over. */
function signalsOf(root: VcdNode, scope: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (node: VcdNode, path: string): void => {
    for (const child of node.body ?? []) {
      const childPath = path === "" ? child.name : `${path}.${child.name}`;
      if (child.kind === "scope") visit(child, childPath);
      else if ((path === scope || path.endsWith(`.${scope}`)) && child.link !== undefined) {
        if (!found.has(child.name)) found.set(child.name, child.link);
      }
    }
  };
  visit(root, "");
  return found;
}
