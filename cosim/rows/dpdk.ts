/**
 * DPDK's own driver in a process of the host: testpmd with a virtio-user port, through vhost-user.
 *
 * `txonly` sends one and the same frame for ever; the card's network compares every byte. `io` and `macswap` send back what they receive; the network
 * sends frames of random length and bytes and compares what comes back.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Card, transmitQueue } from "../card.ts";
import { buildCard, needCommands, needNamespaces } from "../prepare.ts";
import { Program, withLimit } from "../processes.ts";
import { check, type Files, type Row, type RowContext, type RowReport } from "../row.ts";
import {
  checkHeaders,
  checkHealth,
  countersOf,
  featuresOf,
  socketOf,
  speedOf,
  startVhostCard,
  whileCardRuns,
} from "../vhost.ts";

const FRAMES = 100_000;
const COMMAND_SECONDS = 60;
/** For the frames: a machine with other work may need ten times as long as one without. */
const TRAFFIC_SECONDS = 600;
/** The address of the port, and what testpmd takes for its peer's. */
const PORT_MAC = "02:56:00:00:00:01";
const PEER_MAC = "02:00:00:00:00:00";

/** What distinguishes a row. */
export interface DpdkRow {
  readonly name: string;
  readonly mode: "txonly" | "io" | "macswap";
  /** What makes it different, for the table. */
  readonly title: string;
  /** Features that the card offers; default all. */
  readonly offer?: string;
  /** More properties of the virtio-user device. */
  readonly device?: string;
  /** More arguments of testpmd. */
  readonly args?: readonly string[];
  /** Of the frames that txonly sends. */
  readonly segments?: readonly number[];
  /** Lengths of the frames that are echoed. */
  readonly lengths?: { readonly min: number; readonly max: number };
  /** Where the header of each transmitted frame must be, and how long. */
  readonly header: "inline" | "alone";
  readonly headerLength: 10 | 12;
  /** Descriptors read per transmitted frame, the indirect one counted. */
  readonly descriptors?: number;
}

/** Without this offload testpmd refuses frames of several segments. */
const MULTI_SEGMENT = ["--tx-offloads=0x8000"];

const ROWS: readonly DpdkRow[] = [
  { name: "dpdk-txonly", title: "txonly", mode: "txonly", header: "inline", headerLength: 12, descriptors: 1 },
  {
    name: "dpdk-txonly-unmerged",
    title: "txonly, not mergeable",
    mode: "txonly",
    device: "mrg_rxbuf=0",
    header: "inline",
    headerLength: 12,
    descriptors: 1,
  },
  {
    name: "dpdk-segments",
    title: "txonly, 12|40|60|80",
    mode: "txonly",
    args: [...MULTI_SEGMENT, "--txpkts=40,60,80"],
    segments: [40, 60, 80],
    header: "alone",
    headerLength: 12,
    descriptors: 5,
  },
  {
    name: "dpdk-legacy",
    title: "txonly, legacy",
    mode: "txonly",
    // DPDK accepts no feature by a message then, but uses indirect tables if they were offered.
    offer: "-version_1,-any_layout,-indirect",
    device: "mrg_rxbuf=0",
    header: "alone",
    headerLength: 10,
  },
  { name: "dpdk-io", title: "io", mode: "io", header: "inline", headerLength: 12, descriptors: 1 },
  {
    name: "dpdk-io-unmerged",
    title: "io, not mergeable",
    mode: "io",
    device: "mrg_rxbuf=0",
    header: "inline",
    headerLength: 12,
    descriptors: 1,
  },
  { name: "dpdk-macswap", title: "macswap", mode: "macswap", header: "inline", headerLength: 12, descriptors: 1 },
  {
    name: "dpdk-merged",
    title: "io, buffers of 512 bytes",
    mode: "io",
    args: ["--mbuf-size=640", "--rx-offloads=0x2000", "--enable-scatter", ...MULTI_SEGMENT],
    lengths: { min: 1000, max: 1514 },
    header: "alone",
    headerLength: 12,
  },
];

/** Ethernet, IPv4 and UDP. */
const HEADER_BYTES = 42;

/** The frame that txonly makes: Ethernet, IPv4, UDP, zeros. */
function txonlyFrame(length: number): string {
  const frame = Buffer.alloc(length);
  frame.write(`${PEER_MAC}${PORT_MAC}0800`.replaceAll(":", ""), "hex");
  const ip = frame.subarray(14, 34);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(length - 14, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(17, 9);
  ip.write("c6120001c6120002", 12, "hex"); // 198.18.0.1 to 198.18.0.2
  let sum = 0;
  for (let i = 0; i < ip.length; i += 2) sum += ip.readUInt16BE(i);
  ip.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
  const udp = frame.subarray(34, 42);
  udp.writeUInt16BE(9, 0);
  udp.writeUInt16BE(9, 2);
  udp.writeUInt16BE(length - 34, 4);
  return frame.toString("hex");
}

/**
 * The frames that txonly can make of several segments. What no header covers is what the buffer held before: zeros, or the header of a frame that
 * was sent from it.
 */
function txonlyFrames(segments: readonly number[]): string[] {
  const frame = Buffer.from(txonlyFrame(segments.reduce((sum, one) => sum + one)), "hex");
  const header = frame.subarray(0, HEADER_BYTES);
  let frames = [frame];
  let start = 0;
  for (const length of segments) {
    const room = (offset: number): Buffer[] => {
      const variants = [Buffer.alloc(length)];
      if (offset === 0) return variants;
      // Each earlier place of a segment may have left its part of the header here.
      let place = 0;
      for (const other of segments) {
        const left = header.subarray(place, Math.min(place + other, HEADER_BYTES));
        for (const variant of [...variants]) {
          const more = Buffer.from(variant);
          left.copy(more);
          variants.push(more);
        }
        place += other;
      }
      return variants;
    };
    const from = Math.max(start, HEADER_BYTES);
    const here = start;
    frames = frames.flatMap((one) =>
      room(here).map((stale) => {
        const variant = Buffer.from(one);
        if (from < here + length) stale.copy(variant, from, from - here, length);
        return variant;
      }),
    );
    start += length;
  }
  return [...new Set(frames.map((one) => one.toString("hex")))];
}

/** The network that makes and checks the frames of a row. */
export function networkOf(row: DpdkRow): string {
  if (row.mode === "txonly") return `expect:${txonlyFrames(row.segments ?? [64]).join("/")}`;
  const { min, max } = row.lengths ?? { min: 60, max: 1514 };
  const swap = row.mode === "macswap" ? 1 : 0;
  return `echo:count=${FRAMES},min=${min},max=${max},swap=${swap},seed=${process.env["SEED"] ?? "1"}`;
}

/** The processors that this process may use, as the kernel writes them. */
function processors(): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
}

/** A testpmd whose prompt is there. */
export class Testpmd {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  static async start(context: RowContext, row: DpdkRow): Promise<Testpmd> {
    const device = `net_virtio_user0,path=${socketOf(context)},queues=1,queue_size=256,mac=${PORT_MAC}`;
    const testpmd = new Testpmd(
      new Program(
        [
          // Without stdbuf its words would come in blocks of 4096 bytes.
          ...["stdbuf", "-oL", "dpdk-testpmd", "-v"],
          // Two threads that the kernel may move; the second one polls all the time.
          `--lcores=(0,1)@(${processors()})`,
          ...["--no-huge", "-m", "256", "--no-pci", "--no-telemetry", `--file-prefix=vnet-${randomUUID()}`],
          `--vdev=${row.device === undefined ? device : `${device},${row.device}`}`,
          // At a start testpmd would throw away what it has received.
          ...["--", "-i", "--no-mlockall", "--no-flush-rx", "--total-num-mbufs=4096", `--forward-mode=${row.mode}`],
          ...(row.args ?? []),
        ],
        { logPath: `${context.dir}/testpmd.log` },
      ),
    );
    await testpmd.answer(/testpmd> /, 0, "prompt of testpmd");
    return testpmd;
  }

  get version(): string {
    return /RTE Version: '(.*)'/.exec(this.program.errors + this.program.output)?.[1] ?? "unknown";
  }

  /** Gives an order and waits for its answer. */
  async order(command: string, pattern: RegExp): Promise<RegExpExecArray> {
    const from = this.program.output.length;
    this.program.write(`${command}\n`);
    return this.answer(pattern, from, `testpmd: '${command}'`);
  }

  async quit(): Promise<void> {
    this.program.write("quit\n");
    const exit = await withLimit(this.program.exited, COMMAND_SECONDS, "end of testpmd");
    check(exit === 0, `testpmd ended with ${exit}:\n${this.program.tail()}`);
  }

  private answer(pattern: RegExp, from: number, what: string): Promise<RegExpExecArray> {
    return this.program.until((output) => pattern.exec(output.slice(from)) ?? undefined, COMMAND_SECONDS, what);
  }
}

/** Lets frames pass and compares; returns what the table shows. */
export async function passFrames(context: RowContext, testpmd: Testpmd, card: Card, row: DpdkRow): Promise<RowReport> {
  const before = await card.counters();
  await testpmd.order("start", /packet forwarding - ports=1/);
  card.begin();
  const { header_length: headerLength } = await card.counters();
  const passed = await card.when(
    (now) => {
      checkHealth(now);
      return (now.network.received ?? 0) >= FRAMES;
    },
    TRAFFIC_SECONDS,
    `${FRAMES} frames through testpmd`,
  );
  context.speed(speedOf(passed));
  const [, sent] = await testpmd.order("stop", /TX-packets: (\d+)[^]*\nDone\.\n/);
  const counted = Number(sent);
  const txBefore = transmitQueue(before).frames;
  // What testpmd has counted is on its way; when nothing more comes, what is missing is lost.
  const summary = await card.when(
    (now) => (now.network.received ?? 0) >= counted && transmitQueue(now).frames - txBefore >= counted,
    COMMAND_SECONDS,
    `all ${counted} frames that testpmd has counted`,
  );

  const { network } = summary;
  check(network.wrong === 0, `${network.wrong ?? "?"} frames are wrong: ${network.first_wrong ?? ""}`);
  const tx = transmitQueue(summary);
  check(tx.frames - txBefore === counted, `testpmd counts ${counted} frames, the device ${tx.frames - txBefore}`);
  checkHealth(summary);
  checkHeaders(summary, row.header, row.headerLength, headerLength);
  const descriptors = tx.descriptors / tx.frames;
  check(
    row.descriptors === undefined || row.descriptors === descriptors,
    `expected ${row.descriptors} descriptors per frame, saw ${descriptors}`,
  );
  const expected = row.mode === "txonly" ? counted : (network.sent ?? 0);
  return {
    driver: "DPDK net_virtio_user",
    version: testpmd.version,
    features: `${row.title}; ${featuresOf(card)}`,
    ...countersOf(summary),
    bytes_verified: network.bytes_verified ?? 0,
    lost: expected - (network.received ?? 0),
  };
}

async function runRow(context: RowContext, row: DpdkRow): Promise<RowReport> {
  const card = await startVhostCard(context, {
    network: networkOf(row),
    ...(row.offer === undefined ? {} : { features: row.offer }),
  });
  const testpmd = await Testpmd.start(context, row);
  const report = await whileCardRuns(card, () => passFrames(context, testpmd, card, row));
  await testpmd.quit();
  const { error } = await card.event("ended", COMMAND_SECONDS);
  check(error === undefined, `the card: ${error}`);
  return report;
}

/** What every row with testpmd needs. */
export async function prepareDpdk(): Promise<Files> {
  await needNamespaces();
  await needCommands({ "dpdk-testpmd": "dpdk-dev", stdbuf: "coreutils" });
  return { card: await buildCard() };
}

export const DPDK_ROWS: readonly Row[] = ROWS.map((row) => ({
  name: row.name,
  group: "dpdk",
  transport: "vhost-user",
  limitSeconds: TRAFFIC_SECONDS + 4 * COMMAND_SECONDS,
  prepare: prepareDpdk,
  run: (context) => runRow(context, row),
}));
