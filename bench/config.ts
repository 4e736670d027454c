/**
 * How the device is built for the bench, and what a row is.
 *
 * @module
 */
import type { DeviceParameters } from "../tb/src/bus/index.ts";
import { CONFIGS } from "./synth/configs.ts";

/** Bus widths the bench measures. */
export type Width = 64 | 512;

/**
 * The device that is measured: the configuration `throughput`, whose size `make synth` tells. Only rows with more queue pairs change it.
 */
export function buildParameters(dataWidth: Width, queuePairs = 1): DeviceParameters {
  return { ...CONFIGS.throughput, DATA_W: dataWidth, QUEUE_PAIRS: queuePairs };
}

/** Queue size of the required rows. */
export const QUEUE_SIZE = 256;

/** How a transmit chain lies in memory. */
export type TxLayout =
  /** Header and frame in one element. */
  | "inline"
  /** Header in an element of its own, direct descriptors. */
  | "separate"
  /** The same two elements in an indirect table. */
  | "indirect"
  /** The header in two halves, then the frame. */
  | "cut"
  /** Header and the first bytes of the frame in one element, the rest in another. */
  | "copy"
  /** Some chains inline, the others separate, as with a sniffer that holds clones of some frames. */
  | "mixed";

/** How a receive buffer lies in memory. */
export type RxLayout = "whole" | "split";

/** When the driver gives a buffer to the device again. */
export type DriverMode =
  /** As soon as the device has read its available entry: measures the device, whatever the size of the ring. */
  | "open"
  /** When it is in the used ring, as a real driver. */
  | "closed";

/** One direction of a row. */
export interface Stream {
  readonly direction: "tx" | "rx";
  readonly frameBytes: number;
  readonly tx: TxLayout;
  /** Layout "copy": frame bytes that the driver has copied behind the header. */
  readonly copyBytes: number;
  /** Layout "mixed": per cent of the chains with a separate header. */
  readonly separatePercent: number;
  readonly rx: RxLayout;
  /** Place of the header in the bus word (of the first element if it is cut). */
  readonly lane: number;
  /** Bytes of a receive buffer. */
  readonly bufferBytes: number;
  readonly isMergeable: boolean;
  /** Descriptors of the ring in random order. */
  readonly isScattered: boolean;
  /** 10 with a legacy driver, else 12 (other lengths: a changed build). */
  readonly headerBytes: number;
}

/** One measurement. */
export interface RowSpec {
  readonly id: string;
  readonly group: string;
  readonly dataWidth: Width;
  readonly queuePairs: number;
  readonly queueSize: number;
  readonly driver: DriverMode;
  readonly latency: number;
  /** With two streams both run at the same time; each is judged by itself. */
  readonly streams: readonly Stream[];
  /** Smallest allowed efficiency; undefined: only shown. */
  readonly required?: number;
  /** Least number of frames to measure. */
  readonly frames: number;
}

/** A stream with the usual settings. */
export function stream(over: Partial<Stream> & Pick<Stream, "direction" | "frameBytes">): Stream {
  return {
    tx: "inline",
    copyBytes: 0,
    separatePercent: 0,
    rx: "whole",
    lane: 0,
    bufferBytes: 1530,
    isMergeable: true,
    isScattered: false,
    headerBytes: 12,
    ...over,
  };
}
