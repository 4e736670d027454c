/**
 * What the counters of one direction should show, for the tests of vnet_counter_bank and vnet_counters.
 *
 * @module
 */
import type { Beat } from "../../src/bus/index.ts";
import type { Random } from "../../src/core/index.ts";

/** Fields of a chain report. */
export const REPORT_FIELDS = ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"] as const;
/** A chain report. */
export type Report = Beat<(typeof REPORT_FIELDS)[number]>;

/** Number of each counter in the register map. */
export const KIND = { frames: 0, bytes: 1, ndesc: 2, inline: 3, alone: 4, cut: 5, kicks: 6, irqs: 7 } as const;

/** A report as the data path makes it: of a served frame, or with an error. */
export function randomReport(random: Random, queues: number): Report {
  const isFrame = random.chance(0.7);
  return {
    queue: BigInt(random.below(queues)),
    bytes: isFrame ? BigInt(random.below(65536)) : 0n,
    frame: isFrame ? 1n : 0n,
    ndesc: random.chance(0.8) ? BigInt(random.below(20)) : random.bits(16),
    class: isFrame ? BigInt(random.below(4)) : 0n,
    layout: isFrame ? BigInt(random.below(2)) : 0n,
    err: isFrame ? 0n : BigInt(random.pick([1, 4, 8, 9, 11, 13, 24, 27])),
    zero: BigInt(random.pick([0, 0, 0, 1, 255])),
  };
}

/** Adds up what it is told. */
export class CounterModel {
  readonly counts: bigint[][];
  readonly errors = new Map<number, number>();
  zero = 0;
  layout = 0;

  constructor(queues: number) {
    this.counts = Array.from({ length: queues }, () => Array.from({ length: 8 }, () => 0n));
  }

  add(queue: number, kind: number, amount: bigint): void {
    const list = this.counts[queue];
    if (list !== undefined) list[kind] = (list[kind] ?? 0n) + amount;
  }

  error(code: number): void {
    if (code !== 0) this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  report(report: Report): void {
    const queue = Number(report.queue);
    this.add(queue, KIND.frames, report.frame);
    this.add(queue, KIND.bytes, report.bytes);
    this.add(queue, KIND.ndesc, report.ndesc);
    const placement = Number(report.class);
    if (placement > 0) this.add(queue, KIND.inline + placement - 1, 1n);
    this.error(Number(report.err));
    this.zero += Number(report.zero);
    this.layout += Number(report.layout);
  }
}
