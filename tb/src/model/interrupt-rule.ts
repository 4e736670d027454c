/**
 * When an interrupt must come and when it must not, for one virtqueue.
 *
 * The driver arms, the device uses chains and interrupts. The device reads the wish only after it has published an index, so a wish that
 * changes in between may be seen or not; the rule is exact as long as the driver arms while the device has nothing to publish, and allows
 * both otherwise.
 *
 * @module
 */
import { crossesEvent } from "../virtio/index.ts";
import type { InterruptWish } from "../virtio/index.ts";

/** Interrupts that can be on their way when the driver changes its wish. */
const MOST_LATE = 2;

/** See the module text. */
export class InterruptRule {
  #wish: InterruptWish = { kind: "always" };
  /** Used index when the present wish began. */
  #since = 0;
  /** Used index as the driver knows it. */
  #usedIdx = 0;
  #interrupts = 0;
  #total = 0;
  /** Interrupts that an earlier wish explains, which may arrive late. */
  #allowance = 0;

  /** All interrupts of this queue. */
  get total(): number {
    return this.#total;
  }

  /** The driver asks. `usedIdx`: up to where it has collected. */
  arm(wish: InterruptWish, usedIdx: number): void {
    // What was due before the change may still be on its way: one that is being decided, one that waits to be taken.
    const open = this.#allowance + this.#mostExpected() - this.#interrupts;
    this.#allowance = Math.max(0, Math.min(MOST_LATE, open));
    this.#wish = wish;
    this.#since = usedIdx;
    this.#usedIdx = usedIdx;
    this.#interrupts = 0;
  }

  /** The driver has collected the used entry at this position. */
  used(usedIdx: number): void {
    this.#usedIdx = (usedIdx + 1) & 0xffff;
  }

  /** An interrupt has come. */
  interrupt(): void {
    this.#total++;
    this.#interrupts++;
  }

  /** The queue starts anew. */
  reset(): void {
    this.#wish = { kind: "always" };
    this.#since = 0;
    this.#usedIdx = 0;
    this.#interrupts = 0;
    this.#allowance = 0;
  }

  /** The problems when nothing is under way any more and the driver has collected everything. */
  settle(): string[] {
    const state = `used index ${this.#since} to ${this.#usedIdx}, ${describeWish(this.#wish)}`;
    if (this.#isDue() && this.#interrupts === 0) return [`no interrupt although one was due (${state})`];
    const limit = this.#allowance + this.#mostExpected();
    if (this.#interrupts > limit) {
      return [`${this.#interrupts} interrupts, at most ${limit} expected (${state})`];
    }
    return [];
  }

  #isDue(): boolean {
    if (this.#usedIdx === this.#since || this.#wish.kind === "never") return false;
    return this.#wish.kind === "always" || crossesEvent(this.#wish.usedEvent, this.#usedIdx, this.#since);
  }

  #mostExpected(): number {
    switch (this.#wish.kind) {
      case "never":
        return 0;
      case "event":
        return this.#isDue() ? 1 : 0;
      case "always":
        // At most one per published index, and an index is published for at least one chain.
        return (this.#usedIdx - this.#since) & 0xffff;
    }
  }
}

function describeWish(wish: InterruptWish): string {
  return wish.kind === "event" ? `used_event ${wish.usedEvent}` : `interrupts ${wish.kind}`;
}
