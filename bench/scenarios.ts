/**
 * The rows of the bench.
 *
 * @module
 */
import { QUEUE_SIZE, stream } from "./config.ts";
import type { DriverMode, RowSpec, Stream, TxLayout, Width } from "./config.ts";
import { ringHeadroom } from "./layout.ts";

const WIDTHS: readonly Width[] = [64, 512];
const LATENCIES = [1, 64, 256];
const FRAMES = [64, 256, 1514];
const LAYOUTS: readonly TxLayout[] = ["inline", "separate", "indirect", "cut"];
/** Frames to measure at least. */
const COUNT = 2000;

/** Each is one table of the report. */
export const GROUPS = {
  tx: "TX, descriptors side by side",
  scattered: "TX, descriptors at random places",
  rx: "RX, 1530-byte buffers",
  jumbo: "RX, 9000-byte frames over 2048-byte buffers",
  both: "TX and RX at the same time",
  offset: "TX, frame at each offset of a bus word",
  pairs: "four queue pairs, 64-byte frames",
  closed: "TX and RX, 512 bit, longer rings (not required)",
  thread: "questions of the thread",
} as const;

/** What a stream is called in an identifier. */
export function layoutName(one: Stream): string {
  const layout =
    one.direction === "rx"
      ? `${one.isMergeable ? "mergeable" : "single"}${one.rx === "split" ? "-split" : ""}-${one.bufferBytes}`
      : one.tx === "copy"
        ? `copy${one.copyBytes}`
        : one.tx === "mixed"
          ? `mixed${one.separatePercent}`
          : one.tx;
  return `${layout}${one.isScattered ? "-scattered" : ""}${one.lane === 0 ? "" : `@${one.lane}`}`;
}

interface RowChoice {
  readonly group: string;
  readonly dataWidth: Width;
  readonly latency: number;
  readonly streams: readonly Stream[];
  readonly required?: number;
  readonly queuePairs?: number;
  readonly queueSize?: number;
  readonly driver?: DriverMode;
  /** Tells rows apart that are measured alike. */
  readonly tag?: string;
}

/**
 * A ring of so many times the chains that hide the six memory accesses is long enough. Once would do if chains went through one by one and
 * took no time in the device; they are read and returned in blocks of up to 32, an eighth of the ring each, and wait for each other.
 */
const LONG_ENOUGH = 2.5;

/** The bench lane of the header for a frame that begins at this byte of a bus word: the header lies 12 bytes before. */
export function laneOfFrameAt(offset: number): number {
  return (offset + 52) % 64;
}

/**
 * A required row, with both drivers. The one that waits for the used ring is judged wherever a ring of this size is long enough to hide the
 * memory, else the one that keeps the ring full; the other is shown.
 */
function required(choice: Omit<RowChoice, "driver" | "required">, goal: number): RowSpec[] {
  const busBytes = choice.dataWidth / 8;
  const headroom = choice.streams.map((stream) =>
    ringHeadroom(
      {
        stream,
        queueSize: choice.queueSize ?? QUEUE_SIZE,
        driver: "closed",
        queuePairs: choice.queuePairs ?? 1,
        latency: choice.latency,
      },
      busBytes,
    ),
  );
  const judged: DriverMode = Math.min(...headroom) >= LONG_ENOUGH ? "closed" : "open";
  return (["closed", "open"] as const).map((driver) =>
    row({ ...choice, driver, ...(driver === judged ? { required: goal } : {}) }),
  );
}

/** A row with the usual settings and an identifier made of what is special. */
export function row(choice: RowChoice): RowSpec {
  const queuePairs = choice.queuePairs ?? 1;
  const queueSize = choice.queueSize ?? QUEUE_SIZE;
  const driver = choice.driver ?? "open";
  const head = choice.streams[0];
  const parts = [
    choice.streams.map((one) => one.direction).join("+"),
    choice.dataWidth,
    choice.streams.map(layoutName).join("+"),
    `${head?.frameBytes ?? 0}B`,
    ...(head === undefined || head.headerBytes === 12 ? [] : [`h${head.headerBytes}`]),
    `L${choice.latency}`,
    ...(queuePairs === 1 ? [] : [`${queuePairs}pairs`]),
    ...(driver === "open" ? [] : [driver]),
    ...(queueSize === QUEUE_SIZE ? [] : [`q${queueSize}`]),
    ...(choice.tag === undefined ? [] : [choice.tag]),
  ];
  return {
    id: parts.join("/"),
    group: choice.group,
    dataWidth: choice.dataWidth,
    queuePairs,
    queueSize,
    driver,
    latency: choice.latency,
    streams: choice.streams,
    frames: COUNT,
    ...(choice.required === undefined ? {} : { required: choice.required }),
  };
}

function txRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    LAYOUTS.flatMap((tx) =>
      FRAMES.flatMap((frameBytes) =>
        LATENCIES.flatMap((latency) =>
          required(
            { group: GROUPS.tx, dataWidth, latency, streams: [stream({ direction: "tx", frameBytes, tx })] },
            0.9,
          ),
        ),
      ),
    ),
  );
}

function scatteredRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    LAYOUTS.flatMap((tx) =>
      FRAMES.flatMap((frameBytes) =>
        required(
          {
            group: GROUPS.scattered,
            dataWidth,
            latency: 256,
            streams: [stream({ direction: "tx", frameBytes, tx, isScattered: true })],
          },
          0.8,
        ),
      ),
    ),
  );
}

function rxRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    [true, false].flatMap((isMergeable) =>
      FRAMES.flatMap((frameBytes) =>
        LATENCIES.flatMap((latency) =>
          required(
            { group: GROUPS.rx, dataWidth, latency, streams: [stream({ direction: "rx", frameBytes, isMergeable })] },
            0.9,
          ),
        ),
      ),
    ),
  );
}

/** Five buffers per frame do not divide the ring, so its entries change: only the driver `closed` can do that. */
function jumboRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    LATENCIES.map((latency) =>
      row({
        group: GROUPS.jumbo,
        dataWidth,
        latency,
        streams: [stream({ direction: "rx", frameBytes: 9000, bufferBytes: 2048 })],
        required: 0.9,
        driver: "closed",
      }),
    ),
  );
}

function bothRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    [64, 1514].flatMap((frameBytes) =>
      LATENCIES.flatMap((latency) =>
        required(
          {
            group: GROUPS.both,
            dataWidth,
            latency,
            streams: [stream({ direction: "tx", frameBytes }), stream({ direction: "rx", frameBytes })],
          },
          0.85,
        ),
      ),
    ),
  );
}

function offsetRows(): RowSpec[] {
  return Array.from({ length: 64 }, (_, offset) =>
    required(
      {
        group: GROUPS.offset,
        dataWidth: 512,
        latency: 64,
        streams: [stream({ direction: "tx", frameBytes: 64, lane: laneOfFrameAt(offset) })],
        tag: `offset${offset}`,
      },
      0.85,
    ),
  ).flat();
}

function pairRows(): RowSpec[] {
  return WIDTHS.flatMap((dataWidth) =>
    (["tx", "rx"] as const).flatMap((direction) =>
      LATENCIES.flatMap((latency) =>
        required(
          {
            group: GROUPS.pairs,
            dataWidth,
            latency,
            queuePairs: 4,
            streams: [stream({ direction, frameBytes: 64 })],
          },
          0.9,
        ),
      ),
    ),
  );
}

function closedRows(): RowSpec[] {
  return [1024, 4096].flatMap((queueSize) =>
    LATENCIES.flatMap((latency) =>
      [
        ...LAYOUTS.map((tx) => stream({ direction: "tx", frameBytes: 64, tx })),
        stream({ direction: "rx", frameBytes: 64 }),
      ].map((one) =>
        row({ group: GROUPS.closed, dataWidth: 512, latency, streams: [one], driver: "closed", queueSize }),
      ),
    ),
  );
}

/** All rows, required ones first. */
export function allRows(): RowSpec[] {
  return [
    ...txRows(),
    ...scatteredRows(),
    ...rxRows(),
    ...jumboRows(),
    ...bothRows(),
    ...offsetRows(),
    ...pairRows(),
    ...closedRows(),
  ];
}

/** The short form for continuous integration: each kind of row, where a beat more or less shows most. */
export function guardRows(): RowSpec[] {
  return allRows().filter(({ group, dataWidth, latency, streams, required: goal }) => {
    if (goal === undefined) return false;
    const frameBytes = streams[0]?.frameBytes ?? 0;
    const lane = streams[0]?.lane ?? 0;
    switch (group) {
      case GROUPS.tx:
      case GROUPS.rx:
        return (frameBytes === 64 && latency !== 64) || (dataWidth === 512 && latency === 64 && frameBytes === 1514);
      case GROUPS.scattered:
      case GROUPS.both:
        return frameBytes === 64 && latency === 256;
      case GROUPS.offset:
        return [0, 1, 32, 63].includes(lane);
      case GROUPS.jumbo:
        return dataWidth === 512 && latency === 64;
      case GROUPS.pairs:
        return dataWidth === 512 && latency === 64;
      default:
        return false;
    }
  });
}
