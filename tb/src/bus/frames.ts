/**
 * Frames in and out of the device, one message per frame.
 *
 * @module
 */
import {
  type BatchedWait,
  type Disarm,
  encodePause,
  EVENT,
  getLong,
  OP,
  type Pause,
  setLong,
  type Simulator,
  type Trigger,
} from "../core/index.ts";
import { EventStream } from "./event-stream.ts";
import type { ReceivedFrame, SendOptions, SentFrame } from "./types.ts";

const NEVER: Pause = { kind: "never" };

/** Sends frames into the device, as the MAC would. */
export class FrameSource {
  readonly #simulator: Simulator;
  readonly #model: number;
  #nextTag = 0;

  /** Frames that went in completely. Not kept; listen, or wait for a count. */
  readonly sent: EventStream<SentFrame>;

  constructor(simulator: Simulator, name?: string) {
    this.#simulator = simulator;
    this.#model = simulator.model("axis_source", name).id;
    this.sent = new EventStream(simulator, this.#model, EVENT.AXIS_SENT);
    this.sent.isKeeping = false;
    simulator.onEvents(this.#model, ({ payload, cycle }) => {
      this.sent.push({
        tag: payload.getUint32(0, true),
        firstCycle: getLong(payload, 8),
        lastCycle: cycle,
      });
    });
  }

  /** Frames queued and not yet sent completely. */
  get pending(): number {
    return this.#nextTag - this.sent.count;
  }

  /** Queues a frame and returns its tag (a running number); nothing to wait for. */
  send(frame: Uint8Array, options: SendOptions = {}): number {
    const tag = this.#nextTag++;
    this.#simulator.postInPlace(OP.SOURCE_SEND, this.#model, 16 + frame.length, (view, at, batch) => {
      view.setUint32(at, tag, true);
      view.setUint16(at + 4, options.dest ?? 0, true);
      view.setUint16(at + 6, options.isBad === true ? 1 : 0, true);
      setLong(view, at + 8, options.startCycle ?? 0);
      batch.set(frame, at + 16);
    });
    return tag;
  }

  /** Sets when the source is idle: between frames, and between the beats of a frame. */
  configure(config: { readonly pauseFrame?: Pause; readonly pauseBeat?: Pause; readonly seed?: number }): void {
    const payload = new Uint8Array(24);
    new DataView(payload.buffer).setUint32(0, config.seed ?? this.#simulator.seed, true);
    payload.set(encodePause(config.pauseBeat ?? NEVER), 8);
    payload.set(encodePause(config.pauseFrame ?? NEVER), 16);
    this.#simulator.post(OP.SOURCE_CONFIG, this.#model, payload);
  }

  /** For runs in a batch: everything queued so far has been sent. */
  get allSent(): BatchedWait {
    return { kind: "idle", model: this.#model, cycles: 1 };
  }

  /** Fires when everything queued so far has been sent. */
  idle(): Trigger {
    return this.sent.reached(this.#nextTag);
  }
}

/** Takes frames from the device, as the MAC would. */
export class FrameSink {
  readonly #simulator: Simulator;
  readonly #model: number;

  /** Frames that came, oldest first. */
  readonly frames: EventStream<ReceivedFrame>;

  constructor(simulator: Simulator, name?: string) {
    this.#simulator = simulator;
    this.#model = simulator.model("axis_sink", name).id;
    this.frames = new EventStream(simulator, this.#model, EVENT.AXIS_FRAME);
    simulator.onEvents(this.#model, ({ payload, cycle }) => {
      const copy = payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.byteLength);
      this.frames.push({
        firstCycle: getLong(payload, 0),
        lastCycle: cycle,
        dest: payload.getUint16(8, true),
        beats: payload.getUint32(16, true),
        lenBytes: payload.getUint32(12, true),
        header: new Uint8Array(copy, 24, 32),
        data: new Uint8Array(copy, 56),
      });
    });
  }

  /** Frames so far, taken ones included. */
  get count(): number {
    return this.frames.count;
  }

  /** Takes the oldest frame, as soon as there is one. */
  recv(): Trigger<ReceivedFrame> {
    return this.frames.take();
  }

  /** Takes the oldest frame, if there is one. */
  recvNow(): ReceivedFrame | undefined {
    return this.frames.takeNow();
  }

  /** For runs in a batch: no beat has been offered for so many cycles in a row. */
  quiet(cycles: number): BatchedWait {
    return { kind: "idle", model: this.#model, cycles };
  }

  /** Sets the back-pressure, and whether the bytes of frames are reported (statistics alone are faster). */
  configure(config: { readonly pause?: Pause; readonly seed?: number; readonly storeBytes?: boolean }): void {
    const payload = new Uint8Array(16);
    const view = new DataView(payload.buffer);
    view.setUint32(0, config.seed ?? this.#simulator.seed, true);
    view.setUint32(4, config.storeBytes === false ? 1 : 0, true);
    payload.set(encodePause(config.pause ?? NEVER), 8);
    this.#simulator.post(OP.SINK_CONFIG, this.#model, payload);
  }
}

/** Sees the frames of a sink or those that a source has sent, without taking them. */
export class FrameMonitor<T extends ReceivedFrame | SentFrame> {
  readonly #seen: T[] = [];
  readonly #stop: Disarm;

  constructor(stream: EventStream<T>) {
    this.#stop = stream.listen((frame) => this.#seen.push(frame));
  }

  /** What was seen, oldest first. */
  get seen(): readonly T[] {
    return this.#seen;
  }

  clear(): void {
    this.#seen.length = 0;
  }

  stop(): void {
    this.#stop();
  }
}
