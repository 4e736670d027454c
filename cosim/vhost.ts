/**
 * What all rows with vhost-user share.
 *
 * @module
 */
import { Card, type Summary, transmitQueue } from "./card.ts";
import { check, RowError, type RowContext, type RowReport, type Speed } from "./row.ts";
import { file } from "./rows/linux.ts";

/** Where the card of a row listens. */
export function socketOf(context: RowContext): string {
  return `${context.dir}/vhost.sock`;
}

/** Starts a card for a vhost-user front-end. `features`: option --features; default all. */
export function startVhostCard(
  context: RowContext,
  options: { readonly network: string; readonly features?: string; readonly more?: readonly string[] },
): Promise<Card> {
  return Card.start({
    program: file(context, "card"),
    protocol: "vhost",
    socket: socketOf(context),
    network: options.network,
    logPath: `${context.dir}/card.log`,
    more: [...(options.features === undefined ? [] : ["--features", options.features]), ...(options.more ?? [])],
  });
}

/** Does the work; fails at once when the card ends meanwhile, because it has dropped its peer. */
export async function whileCardRuns<T>(card: Card, work: () => Promise<T>): Promise<T> {
  const ended = card.program.exited.then((exit): never => {
    throw new RowError(`the card has ended (${exit}):\n${card.program.errors.slice(-1500)}`);
  });
  return Promise.race([work(), ended]);
}

/** The features with which a ring was started last, as a number with 0x. */
export function featuresOf(card: Card): string {
  return [...card.program.errors.matchAll(/features (0x[\da-f]+)/g)].at(-1)?.[1] ?? "none";
}

/**
 * What the device may count: the host's announcements before the guest has queues, and receive buffers of one element without the right to any layout,
 * which Linux and U-Boot post all the same.
 */
export const USUAL_COUNTS = ["RX_NO_QUEUE", "LAYOUT"];

/** Nothing was touched outside the memory, and no error was counted but those named. */
export function checkHealth(summary: Summary, allowed: readonly string[] = []): void {
  check(summary.refused_reads + summary.refused_writes === 0, "the device touched memory that was not mapped");
  const wrong = Object.keys(summary.errors).filter((name) => !allowed.includes(name));
  check(wrong.length === 0, `the device counted errors: ${JSON.stringify(summary.errors)}`);
}

/** Where the headers of transmitted chains must be: all of them in one place. */
export function checkHeaders(summary: Summary, place: "inline" | "alone", length: number, headerLength: number): void {
  const { inline, alone, cut } = transmitQueue(summary);
  const seen = JSON.stringify({ inline, alone, cut });
  check(headerLength === length, `expected headers of ${length} bytes, saw ${headerLength}`);
  check(inline + alone + cut > 0, "no header was seen");
  check((place === "inline" ? alone : inline) + cut === 0, `expected all headers ${place}, saw ${seen}`);
}

/** Speed of the simulation so far. */
export function speedOf(summary: Summary): Speed {
  const perSecond = (cycles: number, seconds: number): number =>
    seconds === 0 ? 0 : Math.round(cycles / seconds / 1000);
  return {
    kcycle_per_s: perSecond(summary.busy_cycles, summary.busy_seconds),
    // What other programs on the machine disturb less.
    kcycle_per_cpu_s: perSecond(summary.cycles, summary.cpu_seconds),
    cycles: summary.cycles,
  };
}

/** The part of a report that the counters tell. */
export function countersOf(
  summary: Summary,
): Pick<RowReport, "frames_tx" | "frames_rx" | "header_inline" | "header_alone" | "header_cut"> {
  const { inline, alone, cut } = transmitQueue(summary);
  return {
    frames_tx: summary.frames_tx,
    frames_rx: summary.frames_rx,
    header_inline: inline,
    header_alone: alone,
    header_cut: cut,
  };
}
