/**
 * The questions of the 2013 thread, one experiment each. docs/thread.md tells what they mean.
 *
 * @module
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { NetBench } from "../tb/src/model/index.ts";
import { linux, separate, separateIndirect } from "../tb/src/virtio/index.ts";
import type { LayoutPolicy } from "../tb/src/virtio/index.ts";
import { buildParameters, stream } from "./config.ts";
import type { RowSpec, Stream, Width } from "./config.ts";
import { measure } from "./measure.ts";
import type { RowResult } from "./measure.ts";
import { row } from "./scenarios.ts";

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
}

export type ThreadAnswers = readonly Answer[];

const WIDTHS: readonly Width[] = [64, 512];
const LATENCIES = [1, 64, 256];
const BUSES = WIDTHS.flatMap((dataWidth) => LATENCIES.map((latency) => ({ dataWidth, latency })));
const BUS_COLUMNS = BUSES.map(({ dataWidth, latency }) => `${dataWidth} bit, L ${latency}`);

type Say = (text: string) => void;

/** Runs all six experiments. */
export async function answerThread(say: Say): Promise<ThreadAnswers> {
  return [
    await inlineAgainstSeparate(say),
    await twiceTheRing(say),
    await sniffer(say),
    await copiedHeaders(say),
    await headerLengths(say),
    await alignment(say),
  ];
}

function cyclesPerFrame(result: RowResult): number {
  const first = result.streams[0];
  return first === undefined ? 0 : first.cycles / first.frames;
}

/** Cycles per frame of one kind of traffic, for all widths and latencies. */
async function acrossBuses(
  say: Say,
  one: Stream,
  choice: Partial<Pick<RowSpec, "driver" | "queueSize">> = {},
): Promise<number[]> {
  const figures: number[] = [];
  for (const { dataWidth, latency } of BUSES) {
    const spec = row({ group: "thread", dataWidth, latency, streams: [one], ...choice });
    say(`thread: ${spec.id}`);
    figures.push(rounded(cyclesPerFrame(await measure(spec))));
  }
  return figures;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

/** What the second row of figures costs over the first, in per cent. */
function gain(base: readonly number[], other: readonly number[]): string[] {
  return base.map((value, index) => `${(100 * ((other[index] ?? 0) / value - 1)).toFixed(1)} %`);
}

// --- 1: inline against separate ------------------------------------------------------------------------------------------

async function inlineAgainstSeparate(say: Say): Promise<Answer> {
  const figures = async (tx: "inline" | "separate"): Promise<number[]> =>
    acrossBuses(say, stream({ direction: "tx", frameBytes: 64, tx }));
  const [inline, alone] = [await figures("inline"), await figures("separate")];
  const transactions = async (layout: LayoutPolicy, turnaround: number): Promise<number[]> => {
    const out: number[] = [];
    for (const { dataWidth, latency } of BUSES) {
      say(`thread: request/response, ${layout.name}, ${dataWidth} bit, latency ${latency}, turnaround ${turnaround}`);
      out.push(rounded(await requestResponse({ dataWidth, latency, layout, turnaround })));
    }
    return out;
  };
  const tables: Table[] = [
    {
      title: "cycles per 64-byte frame, ring always full",
      columns: ["header", ...BUS_COLUMNS],
      rows: [
        ["inline", ...inline],
        ["separate", ...alone],
        ["separate costs", ...gain(inline, alone)],
      ],
    },
  ];
  for (const turnaround of TURNAROUNDS) {
    const [pushed, apart, indirect] = [
      await transactions(linux, turnaround),
      await transactions(separate, turnaround),
      await transactions(separateIndirect, turnaround),
    ];
    tables.push({
      title: `cycles per request/response with one byte of TCP payload, host turnaround ${turnaround} cycles on each side`,
      columns: ["header", ...BUS_COLUMNS],
      rows: [
        ["inline", ...pushed],
        ["separate, direct", ...apart],
        ["separate, indirect", ...indirect],
        ["separate costs", ...gain(pushed, apart)],
        ["indirect costs", ...gain(pushed, indirect)],
      ],
    });
  }
  return {
    id: "inline",
    question: "What does inline buy? (+9.4 % TCP_RR in the thread)",
    experiment:
      "64-byte frames as fast as they go; and one TCP request with one byte of payload after the other, each sent when the response to the " +
      "one before has come by interrupt, in simulated time, with a fixed turnaround of guest and peer.",
    tables,
  };
}

/** Ethernet, IPv4, TCP with timestamps, one byte. */
const RR_FRAME_BYTES = 14 + 20 + 32 + 1;
const RR_TRANSACTIONS = 60;
const RR_WARM = 5;
const TURNAROUNDS = [0, 1000];

interface RequestResponse {
  readonly dataWidth: Width;
  readonly latency: number;
  readonly layout: LayoutPolicy;
  /** Cycles of the guest from interrupt to kick, and of the peer from request to response. */
  readonly turnaround: number;
}

/** Cycles per transaction. */
async function requestResponse({ dataWidth, latency, layout, turnaround }: RequestResponse): Promise<number> {
  const net = await NetBench.open({
    params: buildParameters({ dataWidth, queuePairs: 1, driver: "closed" }),
    seed: 1,
    name: "rr",
  });
  try {
    const { bench } = net;
    bench.memory.configure({ readLatency: latency, writeLatency: latency });
    const driver = await net.start({ layout });
    driver.fillRx(0);
    await driver.flushAll();
    const random = net.random.fork("frames");
    let start = 0;
    for (let n = 0; n < RR_WARM + RR_TRANSACTIONS; n++) {
      if (n === RR_WARM) start = net.cycle;
      driver.armInterrupt(0, { afterChains: 1 });
      driver.armInterrupt(1, "never");
      const sent = bench.sink.frames.reached(bench.sink.frames.count + 1).promise();
      driver.send(0, [{ frame: random.bytes(RR_FRAME_BYTES) }]);
      await driver.flush(1);
      await sent;
      const interrupt = bench.irq.interrupts.reached(bench.irq.interrupts.count + 1).promise();
      net.receive(0, random.bytes(RR_FRAME_BYTES));
      if (turnaround > 0) await bench.cycles(turnaround);
      await interrupt;
      net.scoreboard.see(await driver.service());
      net.scoreboard.check();
      if (turnaround > 0) await bench.cycles(turnaround);
      driver.fillRx(0);
      await driver.flush(0);
    }
    return (net.cycle - start) / RR_TRANSACTIONS;
  } finally {
    await net.close();
  }
}

// --- 2: twice the ring ---------------------------------------------------------------------------------------------------

async function twiceTheRing(say: Say): Promise<Answer> {
  const closed = (tx: "inline" | "separate" | "indirect", queueSize: number): Promise<number[]> =>
    acrossBuses(say, stream({ direction: "tx", frameBytes: 64, tx }), { driver: "closed", queueSize });
  const open = (tx: "inline" | "separate" | "indirect"): Promise<number[]> =>
    acrossBuses(say, stream({ direction: "tx", frameBytes: 64, tx }));
  return {
    id: "ring",
    question: "What if we just use direct descriptors with at most 2 elements and double the ring size?",
    experiment:
      "64-byte frames; a driver that fills the ring with as many chains as fit and waits for the used ring. Below, the same with a driver " +
      "that never lets the ring run dry.",
    tables: [
      {
        title: "cycles per frame, driver waits for the used ring",
        columns: ["header, ring", ...BUS_COLUMNS],
        rows: [
          ["inline, 256", ...(await closed("inline", 256))],
          ["separate direct, 256 (128 chains)", ...(await closed("separate", 256))],
          ["separate direct, 512 (256 chains)", ...(await closed("separate", 512))],
          ["separate indirect, 256", ...(await closed("indirect", 256))],
        ],
      },
      {
        title: "cycles per frame, ring never dry",
        columns: ["header", ...BUS_COLUMNS],
        rows: [
          ["inline", ...(await open("inline"))],
          ["separate direct", ...(await open("separate"))],
          ["separate indirect", ...(await open("indirect"))],
        ],
      },
    ],
  };
}

// --- 3: how often does it fail -------------------------------------------------------------------------------------------

async function sniffer(say: Say): Promise<Answer> {
  const rows: (string | number)[][] = [];
  for (const percent of [0, 25, 50, 75, 100]) {
    const one = stream({ direction: "tx", frameBytes: 64, tx: "mixed", separatePercent: percent });
    const figures: (string | number)[] = [];
    let pushed = "";
    for (const { dataWidth, latency } of BUSES) {
      const spec = row({ group: "thread", dataWidth, latency, streams: [one] });
      say(`thread: ${spec.id}`);
      const result = await measure(spec);
      const { inline, alone } = result.counters;
      pushed = `${((100 * inline) / (inline + alone)).toFixed(1)} %`;
      figures.push(rounded(cyclesPerFrame(result)));
    }
    rows.push([`${percent} % cloned`, pushed, ...figures]);
  }
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

async function copiedHeaders(say: Say): Promise<Answer> {
  const frameBytes = 1514;
  const rows: (string | number)[][] = [];
  const separateRow = await acrossBuses(say, stream({ direction: "tx", frameBytes, tx: "separate" }));
  rows.push(["separate element, nothing copied", ...separateRow]);
  for (const copyBytes of [64, 128, 256, 512, 1024]) {
    const figures = await acrossBuses(say, stream({ direction: "tx", frameBytes, tx: "copy", copyBytes }));
    rows.push([`${copyBytes} bytes copied behind the header`, ...figures]);
  }
  rows.push(["inline, nothing copied", ...(await acrossBuses(say, stream({ direction: "tx", frameBytes })))]);
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
 * The header length is an input of the data path. No feature offered makes it longer than 12, so a copy of the top takes it from a pin:
 * nothing else is changed.
 */
function headerLengthRtl(): string {
  mkdirSync(HEADER_RTL, { recursive: true });
  rmSync(HEADER_RTL, { recursive: true });
  cpSync("rtl", HEADER_RTL, { recursive: true });
  const top = `${HEADER_RTL}/top/vnet_top.v`;
  const text = readFileSync(top, "utf8");
  const port = /\.cfg_hdr_len(\s*)\(cfg_hdr_len\)/g;
  const [toRegs, ...toData] = text.match(port) ?? [];
  if (toRegs === undefined || toData.length === 0) throw new Error("vnet_top has changed: no cfg_hdr_len to replace");
  // vnet_regs is the source of cfg_hdr_len; transmit and receive path are its users.
  let seen = 0;
  writeFileSync(
    top,
    text.replace(port, (all, space: string) =>
      seen++ === 0 ? all : `.cfg_hdr_len${space}((cfg_mtu[15:6] == 10'd0) ? cfg_mtu[5:0] : cfg_hdr_len)`,
    ),
  );
  return HEADER_RTL;
}

async function headerLengths(say: Say): Promise<Answer> {
  const rtlDirectory = headerLengthRtl();
  const tables: Table[] = [];
  for (const tx of ["inline", "separate"] as const) {
    const rows: (string | number)[][] = [];
    for (const headerBytes of [10, 12, 20, 24, 32]) {
      const figures: number[] = [];
      for (const { dataWidth, latency } of BUSES) {
        const spec = row({
          group: "thread",
          dataWidth,
          latency,
          // The frame stays where it is; the header grows in front of it.
          streams: [
            stream({ direction: "tx", frameBytes: 64, tx, headerBytes, lane: tx === "inline" ? 32 - headerBytes : 0 }),
          ],
        });
        say(`thread: ${spec.id}`);
        figures.push(rounded(cyclesPerFrame(await measure(spec, { rtlDirectory }))));
      }
      rows.push([`${headerBytes} bytes`, ...figures]);
    }
    tables.push({ title: `cycles per 64-byte frame, header ${tx}`, columns: ["header", ...BUS_COLUMNS], rows });
  }
  return {
    id: "length",
    question: "We may add more things into the header in future.",
    experiment:
      "64-byte frames with headers of 10 to 32 bytes. Inline, the frame begins at byte 32 of a bus line and the header grows in front of " +
      "it; separate, the frame begins behind where an inline header would end. The length is an input of the data path; for this " +
      "experiment it comes from a pin instead of the feature bits.",
    tables,
  };
}

// --- 6: alignment --------------------------------------------------------------------------------------------------------

async function alignment(say: Say): Promise<Answer> {
  const rows: (string | number)[][] = [];
  for (let offset = 0; offset < 64; offset++) {
    const figures = await acrossBuses(say, stream({ direction: "tx", frameBytes: 64, lane: (offset + 52) % 64 }));
    rows.push([`offset ${offset}`, ...figures]);
  }
  return {
    id: "alignment",
    question: "The data pointer has to be aligned for the header.",
    experiment: "64-byte frames with the header inline; the frame begins at each byte of a 64-byte line.",
    tables: [{ title: "cycles per frame", columns: ["frame begins at", ...BUS_COLUMNS], rows }],
  };
}
