/**
 * Interrupts of the device.
 *
 * @module
 */
import { encodePause, EVENT, OP, type Pause, type Simulator, Trigger } from "../core/index.ts";
import { EventStream } from "./event-stream.ts";
import type { InterruptRecord } from "./types.ts";

const NEVER: Pause = { kind: "never" };

/** A change of the interrupt wire. */
export interface WireRecord {
  readonly level: boolean;
  readonly cycle: number;
}

/** Takes interrupt messages and looks at the interrupt wire. */
export class IrqSink {
  readonly #simulator: Simulator;
  readonly #model: number;
  #level = false;

  /** Interrupt messages, oldest first. */
  readonly interrupts: EventStream<InterruptRecord>;
  /** Changes of the wire. Not kept; listen, or wait for a level. */
  readonly wire: EventStream<WireRecord>;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#model = simulator.model("irq").id;
    this.interrupts = new EventStream(simulator, this.#model, EVENT.IRQ);
    this.wire = new EventStream(simulator, this.#model, EVENT.INTX);
    this.wire.isKeeping = false;
    simulator.onEvents(this.#model, ({ type, payload, cycle }) => {
      const value = payload.getUint32(0, true);
      if (type === EVENT.IRQ) {
        this.interrupts.push({ vector: value, cycle });
      } else {
        this.#level = value !== 0;
        this.wire.push({ level: this.#level, cycle });
      }
    });
  }

  /** The level of the interrupt wire. */
  get intx(): boolean {
    return this.#level;
  }

  /** Takes the oldest interrupt message, as soon as there is one. */
  next(): Trigger<InterruptRecord> {
    return this.interrupts.take();
  }

  /** Fires when the wire has this level, at once if it has. */
  level(isHigh: boolean): Trigger {
    return new Trigger(this.#simulator, (resolve) => {
      if (this.#level === isHigh) {
        resolve();
        return () => undefined;
      }
      const expected = this.#simulator.expectEvents({
        model: this.#model,
        mask: 1 << EVENT.INTX,
        remaining: () => 1,
      });
      const stop = this.wire.listen((record) => {
        if (record.level !== isHigh) return;
        expected();
        stop();
        resolve();
      });
      return () => {
        expected();
        stop();
      };
    });
  }

  /** Sets the back-pressure on interrupt messages. */
  configure(config: { readonly pause?: Pause; readonly seed?: number }): void {
    const payload = new Uint8Array(16);
    new DataView(payload.buffer).setUint32(0, config.seed ?? this.#simulator.seed, true);
    payload.set(encodePause(config.pause ?? NEVER), 8);
    this.#simulator.post(OP.IRQ_CONFIG, this.#model, payload);
  }
}
