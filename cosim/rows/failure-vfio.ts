/**
 * vfio-user peers that behave badly: the card reports and goes on.
 *
 * @module
 */
import { Card, transmitQueue } from "../card.ts";
import { addressTap, Flood, HOST_ADDRESS, TAP } from "../host.ts";
import { buildCard, buildClient } from "../prepare.ts";
import { Program, run, withLimit } from "../processes.ts";
import { Guest } from "../qemu.ts";
import { check, type Row, type RowContext, type RowReport } from "../row.ts";
import { file, guestOptions, pingAll, prepareVfio } from "./linux.ts";

const SCENARIOS = [
  "good",
  "unmap",
  "good",
  "shrink",
  "good",
  "no-refill",
  "good",
  "cut",
  "good",
  "malformed",
  "good",
] as const;

/** A hand-made client against a card with sanitizers: the protocol, the memory map, a driver that does not keep the rules. */
async function hostileClients(context: RowContext): Promise<RowReport> {
  const socket = `${context.dir}/vfio.sock`;
  const card = await Card.start({
    program: file(context, "card"),
    protocol: "vfio",
    socket,
    network: "loopback",
    logPath: `${context.dir}/card.log`,
    more: ["--keep"],
  });
  for (const scenario of SCENARIOS) {
    const output = await withLimit(run([file(context, "client"), socket, scenario]), 150, scenario);
    check(output.includes(`ok ${scenario}`), `${scenario}: ${output}`);
    check(card.program.isRunning, `${scenario}: the card has ended:\n${card.program.tail()}`);
    context.log(`${scenario}: ok`);
  }
  const summary = await card.stop();
  check(summary.refused_reads + summary.refused_writes > 0, "expected refused accesses after the unmap");
  check(card.program.errors.includes("a file became shorter"), "expected a word about the shortened file");
  // What the sanitizers say.
  check(!/ERROR: AddressSanitizer|runtime error/.test(card.program.errors), card.program.tail());
  await interrupted(context);
  const transmitted = transmitQueue(summary);
  return {
    driver: "hostile vfio-user clients",
    version: "AddressSanitizer",
    features: "unmap under work, shared file shortened, no refill, socket cut, malformed",
    frames_tx: summary.frames_tx,
    frames_rx: summary.frames_rx,
    header_inline: transmitted.inline,
    header_alone: transmitted.alone,
    header_cut: transmitted.cut,
    bytes_verified: SCENARIOS.filter((name) => name === "good").length * 16 * 60,
    lost: 0,
  };
}

/** Ctrl-C ends a card that serves nobody: with its counters, and without an error. */
async function interrupted(context: RowContext): Promise<void> {
  const words = [file(context, "card"), "vfio", "--socket", `${context.dir}/idle.sock`, "--net", "none"];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const card = new Program(words, { logPath: `${context.dir}/idle.log` });
    await card.untilErrors((text) => (text.includes("listening") ? true : undefined), 60, "an idle card");
    card.kill(signal);
    const exit = await withLimit(card.exited, 30, signal);
    check(exit === 0 && card.errors.includes("kcycle/s"), `${signal}: exit ${exit}:\n${card.tail()}`);
  }
}

/** QEMU is killed in mid-traffic; the next guest on the same card works. */
async function killedGuest(context: RowContext): Promise<RowReport> {
  const card = await Card.start({
    program: file(context, "card"),
    protocol: "vfio",
    socket: `${context.dir}/vfio.sock`,
    network: `tap:${TAP}`,
    logPath: `${context.dir}/card.log`,
    more: ["--keep"],
  });
  await addressTap();
  const first = await Guest.boot(guestOptions(context, {}));
  await pingAll({ card, guest: first, context }, { from: 0, to: 20 });
  const flood = Flood.start(1000);
  first.program.write(`pings ${HOST_ADDRESS} 0 1472\n`);
  await withLimit(busy(card), 60, "traffic before the kill");
  first.program.kill();
  const ended = await card.event("ended", 60);
  check(card.program.isRunning, `the card has ended with its guest: ${ended.error}`);
  const second = await Guest.boot(guestOptions(context, {}));
  const bytes = await pingAll({ card, guest: second, context }, { from: 0, to: 300 });
  await flood.stop();
  await second.powerOff();
  await card.event("ended", 60);
  const summary = await card.stop();
  check(summary.refused_reads + summary.refused_writes === 0, "the device touched memory that was not mapped");
  const transmitted = transmitQueue(summary);
  return {
    driver: "Linux virtio_net",
    version: `${file(context, "kernelVersion")}, QEMU ${file(context, "qemuVersion")}`,
    features: "MSI-X, QEMU killed in mid-traffic, next guest on the same card",
    frames_tx: summary.frames_tx,
    frames_rx: summary.frames_rx,
    header_inline: transmitted.inline,
    header_alone: transmitted.alone,
    header_cut: transmitted.cut,
    bytes_verified: bytes,
    lost: 0,
  };
}

/** Fulfilled when many frames have crossed since now. */
async function busy(card: Card): Promise<void> {
  const { frames_tx } = await card.counters();
  while ((await card.counters()).frames_tx < frames_tx + 100);
}

export const FAILURE_VFIO_ROWS: readonly Row[] = [
  {
    name: "failure-vfio",
    group: "failure",
    transport: "vfio-user",
    limitSeconds: 600,
    prepare: async () => ({ card: await buildCard({ sanitize: true }), client: await buildClient("vfio_client") }),
    run: hostileClients,
  },
  {
    name: "failure-killed",
    group: "failure",
    transport: "vfio-user",
    limitSeconds: 400,
    prepare: () => prepareVfio(),
    run: killedGuest,
  },
];
