/**
 * The simulated card as a process beside us.
 *
 * @module
 */
import { Program, sleep, withLimit } from "./processes.ts";
import { RowError } from "./row.ts";

/** Counters of a virtqueue. */
export interface QueueCounters {
  readonly frames: number;
  readonly bytes: number;
  readonly descriptors: number;
  readonly inline: number;
  readonly alone: number;
  readonly cut: number;
  readonly kicks: number;
  readonly interrupts: number;
}

/** What the card has counted; see cosim/README.md. */
export interface Summary {
  readonly header_length: number;
  readonly queues: readonly QueueCounters[];
  readonly errors: Readonly<Record<string, number>>;
  readonly frames_tx: number;
  readonly frames_rx: number;
  readonly send_failures: number;
  readonly read_beats: number;
  readonly write_beats: number;
  readonly refused_reads: number;
  readonly refused_writes: number;
  readonly data_bits: number;
  readonly cycles: number;
  readonly busy_cycles: number;
  readonly busy_seconds: number;
  /** Processor time of the card. */
  readonly cpu_seconds: number;
  /** What the networks `echo:` and `expect:` report (cosim/traffic.h). */
  readonly network: Partial<TrafficReport>;
}

/** Frames that a network has made and compared. */
export interface TrafficReport {
  readonly sent: number;
  readonly received: number;
  readonly bytes_verified: number;
  readonly wrong: number;
  readonly outstanding: number;
  readonly first_wrong: string;
}

interface CardEvent {
  readonly event: "listening" | "connected" | "ended" | "counters" | "stopped" | "error";
  readonly error?: string;
  readonly summary?: Summary;
}

const NO_QUEUE: QueueCounters = {
  frames: 0,
  bytes: 0,
  descriptors: 0,
  inline: 0,
  alone: 0,
  cut: 0,
  kicks: 0,
  interrupts: 0,
};

/** Transmit queue of the first pair. */
export function transmitQueue(summary: Summary): QueueCounters {
  return summary.queues[1] ?? NO_QUEUE;
}

/** Options of the card, as on its command line. */
export interface CardOptions {
  /** The program that `buildCard` made. */
  readonly program: string;
  readonly protocol: "vfio" | "vhost";
  readonly socket: string;
  /** `none`, `loopback`, `tap:NAME`, ... */
  readonly network: string;
  readonly logPath: string;
  /** More words of the command line. */
  readonly more?: readonly string[];
}

/** A running card. */
export class Card {
  readonly program: Program;
  #seen = 0;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts a card; fulfilled when it listens (or has connected). */
  static async start(options: CardOptions): Promise<Card> {
    const { program, protocol, socket, network, more = [] } = options;
    const card = new Card(
      new Program([program, protocol, "--socket", socket, "--net", network, "--control", ...more], {
        logPath: options.logPath,
      }),
    );
    const isConnecting = more.includes("--connect");
    await card.event(isConnecting ? "connected" : "listening", 60);
    return card;
  }

  /** Waits for the next event of this kind; those before it are passed over. */
  async event(kind: CardEvent["event"], seconds: number): Promise<CardEvent> {
    return this.program.until(
      (output) => {
        const lines = output.split("\n").slice(0, -1);
        while (this.#seen < lines.length) {
          const event = JSON.parse(lines[this.#seen++] ?? "") as CardEvent; // written by our own program
          if (event.event === kind) return event;
          if (event.event === "error") throw new RowError(`card: ${event.error}`);
        }
        return undefined;
      },
      seconds,
      `card: event '${kind}'`,
    );
  }

  /** Lets a network that makes frames begin. */
  begin(): void {
    this.program.write("begin\n");
  }

  /** The counters now. */
  async counters(): Promise<Summary> {
    this.program.write("counters\n");
    return summaryOf(await this.event("counters", 60));
  }

  /** The counters as soon as they please; fails after the limit. */
  async when(pleases: (summary: Summary) => boolean, seconds: number, what: string): Promise<Summary> {
    const limit = performance.now() + seconds * 1000;
    for (;;) {
      const summary = await this.counters();
      if (pleases(summary)) return summary;
      if (performance.now() > limit) throw new RowError(`${what}: not within ${seconds} s; ${JSON.stringify(summary)}`);
      await sleep(0.1);
    }
  }

  /** Ends the card; returns its last counters. */
  async stop(): Promise<Summary> {
    this.program.write("stop\n");
    const summary = summaryOf(await this.event("stopped", 60));
    const exit = await withLimit(this.program.exited, 30, "end of the card");
    if (exit !== 0) throw new RowError(`card ended with ${exit}: ${this.program.errors.slice(-1000)}`);
    return summary;
  }
}

function summaryOf(event: CardEvent): Summary {
  if (event.summary === undefined) throw new RowError(`card: no counters in ${JSON.stringify(event)}`);
  return event.summary;
}
