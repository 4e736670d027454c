/**
 * vhost-user front-ends that behave badly or die: the card, built with AddressSanitizer, reports and goes on.
 *
 * @module
 */
import { once } from "node:events";
import { connect } from "node:net";
import { type Card, transmitQueue } from "../card.ts";
import { buildCard } from "../prepare.ts";
import { withLimit } from "../processes.ts";
import { check, type Files, type Row, type RowContext, type RowReport } from "../row.ts";
import { checkHealth, countersOf, featuresOf, socketOf, startVhostCard } from "../vhost.ts";
import { type DpdkRow, networkOf, prepareDpdk, Testpmd } from "./dpdk.ts";

const SECONDS = 120;

const TXONLY: DpdkRow = { name: "", title: "txonly", mode: "txonly", header: "inline", headerLength: 12 };

/** Requests of vhost-user. */
const GET_FEATURES = 1;
const SET_MEM_TABLE = 5;
const SET_VRING_NUM = 8;
const SET_VRING_ENABLE = 18;

function message(request: number, payload: Buffer, flags = 1, size = payload.length): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(request, 0);
  header.writeUInt32LE(flags, 4);
  header.writeUInt32LE(size, 8);
  return Buffer.concat([header, payload]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
}

/** Messages that break the protocol, and what the card must say of each. */
const MALFORMED: readonly (readonly [what: string, bytes: Buffer, answer: string])[] = [
  ["noise", Buffer.alloc(64, 0xff), "protocol version 1 expected, 3 seen"],
  ["a reply", message(GET_FEATURES, Buffer.alloc(0), 5), "a request expected, a reply seen"],
  ["an endless payload", message(SET_MEM_TABLE, Buffer.alloc(0), 1, 0xffffffff), "at most 1024 bytes expected"],
  ["a payload too short", message(SET_VRING_NUM, words(0)), "payload of 8 bytes expected, 4 seen"],
  ["an unknown request", message(200, Buffer.alloc(0)), "request 200 is not one of the offered requests"],
  ["a ring that is not there", message(SET_VRING_NUM, words(9, 256)), "ring 0..1 expected, 9 seen"],
  ["a ring of odd size", message(SET_VRING_NUM, words(0, 100)), "a power of two up to 256 expected, 100 seen"],
  ["regions without memory", message(SET_MEM_TABLE, words(1, 0, ...Array<number>(8).fill(0))), "0 seen"],
  ["nine regions", message(SET_MEM_TABLE, words(9, 0)), "at most 8 regions expected, 9 announced"],
  ["half an enable", message(SET_VRING_ENABLE, words(0, 2)), "0 or 1 expected, 2 seen"],
];

async function malformed(context: RowContext, card: Card): Promise<void> {
  for (const [what, bytes, answer] of MALFORMED) {
    const socket = connect(socketOf(context));
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(bytes);
    const { error } = await card.event("ended", SECONDS);
    check(error?.includes(answer) === true, `${what}: expected '${answer}', the card says '${error}'`);
    socket.destroy();
  }
  // Cut at every byte of a message.
  const whole = message(SET_VRING_NUM, words(0, 256));
  for (let length = 0; length < whole.length; length++) {
    const socket = connect(socketOf(context));
    await once(socket, "connect");
    socket.end(whole.subarray(0, length));
    const { error } = await card.event("ended", SECONDS);
    const expected = length === 0 ? undefined : "the connection ended inside a message";
    check(error === expected, `cut after ${length} bytes: expected '${expected}', the card says '${error}'`);
    socket.destroy();
  }
}

/** Lets testpmd send until the card has seen so many frames more. */
async function send(testpmd: Testpmd, card: Card, frames: number): Promise<void> {
  const before = transmitQueue(await card.counters()).frames;
  await testpmd.order("start", /packet forwarding - ports=1/);
  await card.when(
    (now) => transmitQueue(now).frames >= before + frames,
    SECONDS,
    `${frames} frames of testpmd after ${before}`,
  );
}

/** Malformed messages, DPDK killed in mid-traffic and started again, DPDK that leaves and comes back. */
async function hostile(context: RowContext): Promise<RowReport> {
  const card = await startVhostCard(context, { network: networkOf(TXONLY), more: ["--keep"] });
  await malformed(context, card);
  context.log(`${MALFORMED.length} malformed messages, a socket cut at every byte: reported`);
  for (const end of ["kill", "kill", "quit"] as const) {
    const testpmd = await Testpmd.start(context, TXONLY);
    await send(testpmd, card, 2000);
    if (end === "kill") testpmd.program.kill();
    else {
      await testpmd.order("stop", /\nDone\.\n/);
      await testpmd.quit();
    }
    await withLimit(testpmd.program.exited, SECONDS, "end of testpmd");
    const { error } = await card.event("ended", SECONDS);
    check(error === undefined, `after ${end}: the card: ${error}`);
    context.log(`DPDK: ${end}, the card goes on`);
  }
  return report(card, "malformed messages, DPDK killed twice and restarted");
}

/** txonly never looks at its receive ring: 256 frames fill it, the rest waits, and sending goes on. */
async function neverRefills(context: RowContext): Promise<RowReport> {
  const card = await startVhostCard(context, { network: "loopback" });
  const testpmd = await Testpmd.start(context, TXONLY);
  await send(testpmd, card, 20_000);
  const summary = await card.counters();
  const received = summary.queues[0]?.frames ?? 0;
  check(received > 0 && received <= 256, `expected 1 to 256 received frames, saw ${received}`);
  await testpmd.order("stop", /\nDone\.\n/);
  await testpmd.quit();
  await card.event("ended", SECONDS);
  const { summary: last } = await card.event("stopped", SECONDS);
  if (last === undefined) throw new Error("the card ended without counters");
  return reportOf(card, last, "txonly, receive ring never refilled");
}

async function report(card: Card, features: string): Promise<RowReport> {
  return reportOf(card, await card.stop(), features);
}

function reportOf(card: Card, summary: Parameters<typeof countersOf>[0], features: string): RowReport {
  // Frames that come back when the rings are gone.
  checkHealth(summary, ["RX_NO_QUEUE"]);
  check(!/ERROR: AddressSanitizer|runtime error/.test(card.program.errors), card.program.tail());
  return {
    driver: "hostile vhost-user front-ends",
    version: "AddressSanitizer",
    features: `${features}; ${featuresOf(card)}`,
    ...countersOf(summary),
    bytes_verified: summary.network.bytes_verified ?? 0,
    lost: summary.network.wrong ?? 0,
  };
}

async function prepare(): Promise<Files> {
  return { ...(await prepareDpdk()), card: await buildCard({ sanitize: true }) };
}

export const FAILURE_VHOST_ROWS: readonly Row[] = [
  { name: "failure-vhost", run: hostile },
  { name: "failure-no-refill", run: neverRefills },
].map(({ name, run }) => ({
  name,
  group: "failure",
  transport: "vhost-user",
  limitSeconds: 600,
  prepare,
  run,
}));
