/**
 * How a driver lays a packet out: which elements, where in memory, described directly or indirectly.
 *
 * A plan cuts the bytes "header, then frame" into pieces. It says nothing of the contents and has no addresses yet; the driver
 * allocates memory for it. The same plan form serves both directions.
 *
 * @module
 */
import type { RandomSource } from "./ports.ts";
import type { ChainForm } from "./split-ring.ts";

/** Where a piece lies. */
export type Place =
  /** A buffer of its own, `lane` bytes into a bus word (modulo `alignBytes`). */
  | { readonly kind: "own"; readonly lane?: number; readonly alignBytes?: number }
  /** The buffer of the piece before it, `gapBytes` behind its end. */
  | { readonly kind: "behind"; readonly gapBytes: number }
  /** The header buffer that all chains of the queue share. */
  | { readonly kind: "sharedHeader" };

/** Some bytes of the packet that are one element of the chain. */
export interface Piece {
  readonly lenBytes: number;
  readonly place: Place;
}

/** How the header lies in its chain; the device counts the same classes. */
export type HeaderPlacement = "inline" | "alone" | "cut";

/** See the module text. */
export interface ChainPlan {
  readonly pieces: readonly Piece[];
  readonly form: ChainForm;
  readonly placement: HeaderPlacement;
  /** Why the driver chose this layout, for its own counters; e.g. `pushed`, `cloned`. */
  readonly reason: string;
}

/** Facts about a frame that a driver takes into account. */
export interface FrameTraits {
  /** Place of the first frame byte modulo 64. */
  readonly dataLane: number;
  /** Bytes free in front of the frame. */
  readonly headroomBytes: number;
  /** Somebody else, e.g. a packet tap, holds the same bytes: the headroom must not be written. */
  readonly isShared: boolean;
  /** Lengths of the pieces the stack delivers the frame in; together the frame length. */
  readonly fragments: readonly number[];
}

/** What a layout gets to plan with. */
export interface PlanContext {
  readonly features: bigint;
  readonly headerLenBytes: number;
  readonly random: RandomSource;
}

/** Plans a transmit chain. */
export interface TxPlanContext extends PlanContext {
  readonly frame: Uint8Array;
  readonly traits: FrameTraits;
}

/** Plans a receive buffer. */
export interface RxPlanContext extends PlanContext {
  /** Room for the frame that one buffer must have if frames may not be merged. */
  readonly frameBytes: number;
}

/** The placement that follows from the length of the first element that has bytes. */
export function headerPlacement(firstLenBytes: number, headerLenBytes: number): HeaderPlacement {
  if (firstLenBytes > headerLenBytes) return "inline";
  return firstLenBytes === headerLenBytes ? "alone" : "cut";
}

/** Makes a plan and works out the placement. */
export function chainPlan(
  context: { readonly headerLenBytes: number },
  pieces: readonly Piece[],
  choice: { readonly form?: ChainForm; readonly reason?: string } = {},
): ChainPlan {
  return {
    pieces,
    form: choice.form ?? { kind: "direct" },
    placement: headerPlacement(pieces.find((piece) => piece.lenBytes > 0)?.lenBytes ?? 0, context.headerLenBytes),
    reason: choice.reason ?? "",
  };
}

/** Total bytes of a plan. */
export function planBytes(plan: ChainPlan): number {
  return plan.pieces.reduce((sum, piece) => sum + piece.lenBytes, 0);
}
