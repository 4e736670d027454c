/**
 * What a row of `make cosim` is: one driver, written by others, against the card.
 *
 * @module
 */

/** The groups that can be run alone: `make cosim-linux` and so on. */
export const GROUPS = ["linux", "dpdk", "uml", "firmware", "failure"] as const;
export type Group = (typeof GROUPS)[number];

/** One line of `build/cosim/cosim.json`. */
export interface RowResult {
  readonly driver: string;
  readonly version: string;
  readonly transport: "vfio-user" | "vhost-user";
  /** What was negotiated, or what makes this row different. */
  readonly features: string;
  readonly frames_tx: number;
  readonly frames_rx: number;
  /** Transmit chains by the place of the header, as the RTL counted them. */
  readonly header_inline: number;
  readonly header_alone: number;
  readonly header_cut: number;
  /** Bytes that arrived and were compared with what was sent. */
  readonly bytes_verified: number;
  readonly lost: number;
  readonly seconds: number;
  readonly result: "passed" | "failed" | "skipped";
}

/** What a row measured: all but who ran it, for how long, and whether it passed. */
export type RowReport = Omit<RowResult, "seconds" | "result" | "transport">;

/** Speed figures of a row; they go to `build/cosim/speed.json`. */
export type Speed = Readonly<Record<string, number>>;

/** Tools of a running row. */
export interface RowContext {
  /** A directory of its own, emptied before the row: sockets, logs, captures. */
  readonly dir: string;
  /** What `prepare` returned. */
  readonly files: Files;
  /** Prints a line of progress. */
  log(text: string): void;
  /** Keeps a speed figure. */
  speed(figures: Speed): void;
}

/** Paths and versions by name. */
export type Files = Readonly<Record<string, string>>;

export interface Row {
  readonly name: string;
  readonly group: Group;
  readonly transport: RowResult["transport"];
  /** Ends the row with a failure. */
  readonly limitSeconds: number;
  /** Fetches and builds what the row needs, with the network of the host. Throws `Missing` if this machine cannot have it. */
  prepare(): Promise<Files>;
  /**
   * Runs in a process of its own, in a network namespace of its own (only `lo`, up): whatever it starts and makes vanishes with it. Throws when
   * something does not hold.
   */
  run(context: RowContext): Promise<RowReport>;
}

/** Something that this machine does not have: a skip, or a failure in CI. */
export class Missing extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Missing";
  }
}

/** The row does not hold. */
export class RowError extends Error {
  constructor(text: string) {
    super(text);
    this.name = "RowError";
  }
}

/** Throws with the text unless the claim is true. */
export function check(isTrue: boolean, text: string): void {
  if (!isTrue) throw new RowError(text);
}
