/**
 * The questions of the 2013 thread, one experiment each. docs/thread.md tells what they mean.
 *
 * @module
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { beatsOf } from "./bound.ts";
import { stream } from "./config.ts";
import { BenchError } from "./error.ts";
import type { RowSpec, Stream, Width } from "./config.ts";
import type { RowResult } from "./measure.ts";
import type { Pool } from "./pool.ts";
import type { DriverName } from "./request-response.ts";
import { GROUPS, laneOfFrameAt, row } from "./scenarios.ts";

/** A table: the first column is text, the others figures. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One question with its tables. */
export interface Answer {
  readonly id: string;
  readonly question: string;
  readonly experiment: string;
  readonly tables: readonly Table[];
  /** Figures better seen than read: the first column is the place on the x axis. */
  readonly curves?: Table;
}

export type ThreadAnswers = readonly Answer[];

/** Cycles of the guest from interrupt to kick, and of the peer from request to response. 8500 is about the transaction of the thread at 250 MHz. */
const TURNAROUNDS = [0, 1000, 8500];

const WIDTHS: readonly Width[] = [64, 512];
const LATENCIES = [1, 64, 256];
const BUSES = WIDTHS.flatMap((dataWidth) => LATENCIES.map((latency) => ({ dataWidth, latency })));
const BUS_COLUMNS = BUSES.map(({ dataWidth, latency }) => `${dataWidth} bit, L ${latency}`);

/** Runs all six experiments; one that fails is told, and does not keep the others from being answered. */
export async function answerThread(pool: Pool, onFailure: (text: string) => void): Promise<ThreadAnswers> {
  const questions = [inlineAgainstSeparate, twiceTheRing, sniffer, copiedHeaders, headerLengths, alignment];
  const answers = await Promise.allSettled(questions.map(async (question) => question(pool)));
  return answers.flatMap((answer) => {
    if (answer.status === "fulfilled") return [answer.value];
    onFailure(answer.reason instanceof Error ? answer.reason.message : String(answer.reason));
    return [];
  });
}

function cyclesPerFrame(result: RowResult): number {
  const first = result.streams[0];
  return first === undefined ? 0 : first.cycles / first.frames;
}

/** One kind of traffic, for all widths and latencies. */
function resultsAcrossBuses(
  pool: Pool,
  one: Stream,
  choice: Partial<Pick<RowSpec, "driver" | "queueSize">> & { readonly rtlDirectory?: string } = {},
): Promise<RowResult[]> {
  const { rtlDirectory, ...rest } = choice;
  return Promise.all(
    BUSES.map(({ dataWidth, latency }) =>
      pool.run({
        kind: "row",
        spec: row({ group: GROUPS.thread, dataWidth, latency, streams: [one], ...rest }),
        ...(rtlDirectory === undefined ? {} : { rtlDirectory }),
      }),
    ),
  );
}

/** Cycles per frame of one kind of traffic, for all widths and latencies. */
async function acrossBuses(...choice: Parameters<typeof resultsAcrossBuses>): Promise<number[]> {
  const results = await resultsAcrossBuses(...choice);
  return results.map((result) => rounded(cyclesPerFrame(result)));
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

/** How much faster the first row of figures is than the second, in per cent. */
function gain(base: readonly number[], other: readonly number[]): string[] {
  return base.map((value, index) => `+${(100 * ((other[index] ?? 0) / value - 1)).toFixed(1)} %`.replace("+-", "-"));
}

// --- 1: inline against separate ------------------------------------------------------------------------------------------

async function inlineAgainstSeparate(pool: Pool): Promise<Answer> {
  const figures = (tx: "inline" | "separate"): Promise<number[]> =>
    acrossBuses(pool, stream({ direction: "tx", frameBytes: 64, tx }));
  const transactions = async (layout: DriverName, turnaround: number): Promise<number[]> => {
    const cycles = BUSES.map(({ dataWidth, latency }) =>
      pool.run({ kind: "transactions", choice: { dataWidth, latency, layout, turnaround } }),
    );
    return (await Promise.all(cycles)).map(rounded);
  };
  const roundTrips = async (turnaround: number): Promise<Table> => {
    const [inline, separate, indirect] = await Promise.all([
      transactions("inline", turnaround),
      transactions("separate", turnaround),
      transactions("indirect", turnaround),
    ]);
    return {
      title: `cycles per request/response with one byte of TCP payload, turnaround ${turnaround} cycles on each side`,
      columns: ["header", ...BUS_COLUMNS],
      rows: [
        ["inline", ...inline],
        ["separate, direct", ...separate],
        ["separate, indirect", ...indirect],
        ["transactions per second, inline over separate", ...gain(inline, separate)],
        ["transactions per second, inline over indirect", ...gain(inline, indirect)],
      ],
    };
  };
  const [inline, separate, ...closedLoops] = await Promise.all([
    figures("inline"),
    figures("separate"),
    ...TURNAROUNDS.map(roundTrips),
  ]);
  const tables: Table[] = [
    {
      title: "cycles per 64-byte frame, ring never dry",
      columns: ["header", ...BUS_COLUMNS],
      rows: [
        ["inline", ...inline],
        ["separate", ...separate],
        ["frames per second, inline over separate", ...gain(inline, separate)],
      ],
    },
    ...closedLoops,
  ];
  return {
    id: "inline",
    question: "What does inline buy? (+9.4 % TCP_RR in the thread)",
    experiment:
      "64-byte frames as fast as they go; and one TCP request with one byte of payload after the other, each sent when the response to the " +
      "one before has come by interrupt, in simulated time, with a fixed turnaround of guest and peer.",
    tables,
  };
}

// --- 2: twice the ring ---------------------------------------------------------------------------------------------------

async function twiceTheRing(pool: Pool): Promise<Answer> {
  const table = async (
    title: string,
    kinds: readonly (readonly [name: string, tx: "inline" | "separate" | "indirect", queueSize: number])[],
    driver: "open" | "closed",
  ): Promise<Table> => {
    const rows = kinds.map(async ([name, tx, queueSize]) => [
      name,
      ...(await acrossBuses(pool, stream({ direction: "tx", frameBytes: 64, tx }), { driver, queueSize })),
    ]);
    return { title, columns: ["header, ring", ...BUS_COLUMNS], rows: await Promise.all(rows) };
  };
  return {
    id: "ring",
    question: "What if we just use direct descriptors with at most 2 elements and double the ring size?",
    experiment:
      "64-byte frames; a driver that fills the ring with as many chains as fit and waits for the used ring. Below, the same with a driver " +
      "that never lets the ring run dry.",
    tables: await Promise.all([
      table(
        "cycles per frame, driver waits for the used ring",
        [
          ["inline, 256", "inline", 256],
          ["separate direct, 256 (128 chains)", "separate", 256],
          ["separate direct, 512 (256 chains)", "separate", 512],
          ["separate indirect, 256", "indirect", 256],
        ],
        "closed",
      ),
      table(
        "cycles per frame, ring never dry",
        [
          ["inline, 256", "inline", 256],
          ["separate direct, 256", "separate", 256],
          ["separate direct, 512", "separate", 512],
          ["separate indirect, 256", "indirect", 256],
        ],
        "open",
      ),
    ]),
  };
}

// --- 3: how often does it fail -------------------------------------------------------------------------------------------

async function sniffer(pool: Pool): Promise<Answer> {
  const rows = await Promise.all(
    [0, 25, 50, 75, 100].map(async (percent) => {
      const one = stream({ direction: "tx", frameBytes: 64, tx: "mixed", separatePercent: percent });
      const results = await resultsAcrossBuses(pool, one);
      const inline = results.reduce((sum, { counters }) => sum + counters.inline, 0);
      const alone = results.reduce((sum, { counters }) => sum + counters.alone, 0);
      return [
        `${percent} % cloned`,
        `${((100 * inline) / (inline + alone)).toFixed(1)} %`,
        ...results.map((result) => rounded(cyclesPerFrame(result))),
      ];
    }),
  );
  return {
    id: "sniffer",
    question: "How often does this fail? ... add a counter",
    experiment:
      "64-byte frames; a sniffer holds clones of a share of them, whose header then comes separate. The device counts inline and alone.",
    tables: [
      {
        title: "cycles per frame",
        columns: ["frames", "pushed (device counter)", ...BUS_COLUMNS],
        rows,
      },
    ],
  };
}

// --- 4: copied headers ---------------------------------------------------------------------------------------------------

async function copiedHeaders(pool: Pool): Promise<Answer> {
  const frameBytes = 1514;
  const kinds: readonly (readonly [name: string, stream: Stream])[] = [
    ["separate element, nothing copied", stream({ direction: "tx", frameBytes, tx: "separate" })],
    ...[64, 128, 256, 512, 1024].map(
      (copyBytes) =>
        [
          `${copyBytes} bytes copied behind the header`,
          stream({ direction: "tx", frameBytes, tx: "copy", copyBytes }),
        ] as const,
    ),
    ["inline, nothing copied", stream({ direction: "tx", frameBytes })],
  ];
  const rows = await Promise.all(kinds.map(async ([name, one]) => [name, ...(await acrossBuses(pool, one))]));
  return {
    id: "copy",
    question: "Would it suck if we copied headers?",
    experiment:
      "1514-byte frames; the driver has copied the first bytes of the frame behind the virtio header, the rest stays where it is. " +
      "The copying itself is work of the guest's processor and not in the figures.",
    tables: [{ title: "cycles per frame", columns: ["buffer", ...BUS_COLUMNS], rows }],
  };
}

// --- 5: longer headers ---------------------------------------------------------------------------------------------------

const HEADER_RTL = "build/bench/rtl-header";

/**
 * The header length is an input of the data path, and its limit a parameter. No feature offered makes it longer than 12, so a copy of the top
 * takes it from a pin and has room for 32 bytes: nothing else is changed.
 */
function headerLengthRtl(): string {
  mkdirSync(HEADER_RTL, { recursive: true });
  rmSync(HEADER_RTL, { recursive: true });
  cpSync("rtl", HEADER_RTL, { recursive: true });
  const top = `${HEADER_RTL}/top/vnet_top.v`;
  const text = readFileSync(top, "utf8");
  const port = /\.cfg_hdr_len(\s*)\(cfg_hdr_len\)/g;
  const [toRegs, ...toData] = text.match(port) ?? [];
  if (toRegs === undefined || toData.length === 0)
    throw new BenchError("vnet_top has changed: no cfg_hdr_len to replace");
  // vnet_regs is the source of cfg_hdr_len; transmit and receive path are its users.
  let seen = 0;
  const limit = "localparam integer HDR_MAX = 12;";
  if (!text.includes(limit)) throw new BenchError("vnet_top has changed: no limit of the header to replace");
  writeFileSync(
    top,
    text
      .replace(limit, "localparam integer HDR_MAX = 32;")
      .replace(port, (all, space: string) =>
        seen++ === 0 ? all : `.cfg_hdr_len${space}((cfg_mtu[15:6] == 10'd0) ? cfg_mtu[5:0] : cfg_hdr_len)`,
      ),
  );
  return HEADER_RTL;
}

async function headerLengths(pool: Pool): Promise<Answer> {
  const rtlDirectory = headerLengthRtl();
  const table = async (tx: "inline" | "separate"): Promise<Table> => {
    const rows = [10, 12, 20, 24, 32].map(async (headerBytes) => {
      // The frame stays where it is; the header grows in front of it.
      const lane = tx === "inline" ? 32 - headerBytes : 0;
      const one = stream({ direction: "tx", frameBytes: 64, tx, headerBytes, lane });
      return [`${headerBytes} bytes`, ...(await acrossBuses(pool, one, { rtlDirectory }))];
    });
    return {
      title: `cycles per 64-byte frame, header ${tx}`,
      columns: ["header", ...BUS_COLUMNS],
      rows: await Promise.all(rows),
    };
  };
  const tables = await Promise.all([table("inline"), table("separate")]);
  return {
    id: "length",
    question: "We may add more things into the header in future.",
    experiment:
      "64-byte frames with headers of 10 to 32 bytes. Inline, the frame begins at byte 32 of a bus line and the header grows in front of " +
      "it; separate, the frame begins behind where an inline header would end. The length is an input of the data path; for this " +
      "experiment it comes from a pin instead of the feature bits, and the data path has room for 32 bytes instead of 12.",
    tables,
  };
}

// --- 6: alignment --------------------------------------------------------------------------------------------------------

async function alignment(pool: Pool): Promise<Answer> {
  const rows = await Promise.all(
    Array.from({ length: 64 }, async (_, offset) => {
      const figures = BUSES.map(async (bus) => {
        // On a narrow bus the places repeat.
        const lane = laneOfFrameAt(offset) % (bus.dataWidth / 8);
        const spec = row({
          group: GROUPS.thread,
          ...bus,
          streams: [stream({ direction: "tx", frameBytes: 64, lane })],
        });
        return rounded(cyclesPerFrame(await pool.run({ kind: "row", spec })));
      });
      return [offset, ...(await Promise.all(figures))];
    }),
  );
  return {
    id: "alignment",
    question: "The data pointer has to be aligned for the header.",
    experiment:
      "64-byte frames with the header inline; the frame begins at each byte of a 64-byte line. Offsets at which header and frame touch the same " +
      "number of bus words are one row: least and most cycles.",
    tables: WIDTHS.map((dataWidth) => alignmentTable(dataWidth, rows)),
    curves: { title: "cycles per frame", columns: ["frame begins at", ...BUS_COLUMNS], rows },
  };
}

function alignmentTable(dataWidth: Width, rows: readonly (readonly number[])[]): Table {
  const wordsAt = (offset: number): number =>
    beatsOf({ addr: BigInt(laneOfFrameAt(offset)), lenBytes: 12 + 64 }, dataWidth / 8);
  const offsets = rows.map((_, offset) => offset);
  const columns = BUSES.flatMap((bus, index) => (bus.dataWidth === dataWidth ? [{ ...bus, index }] : []));
  return {
    title: `${dataWidth} bit: cycles per frame`,
    columns: ["bus words", "frame begins at byte", ...columns.map(({ latency }) => `L ${latency}`)],
    rows: [...new Set(offsets.map(wordsAt))].sort().map((words) => {
      const own = offsets.filter((offset) => wordsAt(offset) === words);
      const spread = columns.map(({ index }) => {
        const figures = own.map((offset) => rows[offset]?.[index + 1] ?? 0);
        return `${Math.min(...figures).toFixed(2)} .. ${Math.max(...figures).toFixed(2)}`;
      });
      return [words, ranges(own), ...spread];
    }),
  };
}

/** Numbers in rising order as text: runs with their ends. */
export function ranges(numbers: readonly number[]): string {
  const runs: (readonly [first: number, last: number])[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run?.[1] === number - 1) runs[runs.length - 1] = [run[0], number];
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(", ");
}
