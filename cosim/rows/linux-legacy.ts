/**
 * Linux in a QEMU guest as a legacy device: QEMU keeps the registers, the card gets the rings through vhost-user.
 *
 * @module
 */
import { addressTap, TAP } from "../host.ts";
import { buildCard, debianKernel, guestInitrd, needCommands, needNamespaces } from "../prepare.ts";
import { run } from "../processes.ts";
import { Guest } from "../qemu.ts";
import { check, type Files, type Row, type RowContext, type RowReport } from "../row.ts";
import {
  checkHeaders,
  checkHealth,
  countersOf,
  featuresOf,
  USUAL_COUNTS,
  socketOf,
  speedOf,
  startVhostCard,
  whileCardRuns,
} from "../vhost.ts";
import { file, LARGEST_PING, pingAll, tcpBothWays } from "./linux.ts";

const QEMU = "qemu-system-x86_64";

/** The words that connect a guest to the card of a row. `vectors=0`: QEMU 7.2 crashes with more. */
export function vhostDevice(context: RowContext, properties: string): string[] {
  return [
    ...["-chardev", `socket,id=c0,path=${socketOf(context)}`],
    ...["-netdev", "vhost-user,id=n0,chardev=c0,queues=1"],
    ...["-device", `virtio-net-pci,netdev=n0,vectors=0,${properties}`],
  ];
}

/** QEMU of the host's Debian. */
export async function hostQemu(): Promise<{ readonly qemu: string; readonly qemuVersion: string }> {
  await needCommands({ [QEMU]: "qemu-system-x86" });
  return { qemu: QEMU, qemuVersion: /version (\S+)/.exec(await run([QEMU, "--version"]))?.[1] ?? "?" };
}

async function prepare(): Promise<Files> {
  await needNamespaces();
  const kernel = await debianKernel();
  return {
    ...(await hostQemu()),
    card: await buildCard(),
    kernel: kernel.image,
    kernelVersion: kernel.version,
    initrd: await guestInitrd(kernel),
  };
}

interface LegacyRow {
  readonly name: string;
  readonly title: string;
  readonly properties: string;
  readonly header: "inline" | "alone";
}

const ROWS: readonly LegacyRow[] = [
  { name: "linux-legacy", title: "legacy, ANY_LAYOUT", properties: "", header: "inline" },
  { name: "linux-legacy-strict", title: "legacy", properties: ",any_layout=off", header: "alone" },
];

async function runRow(context: RowContext, row: LegacyRow): Promise<RowReport> {
  const card = await startVhostCard(context, {
    network: `tap:${TAP}`,
    more: ["--capture", `${context.dir}/wire.pcapng`],
  });
  await addressTap();
  const started = performance.now();
  const guest = Guest.start({
    qemu: [file(context, "qemu")],
    kernel: file(context, "kernel"),
    initrd: file(context, "initrd"),
    devices: vhostDevice(context, `romfile=,mrg_rxbuf=off,disable-legacy=off,disable-modern=on${row.properties}`),
    logPath: `${context.dir}/guest.log`,
  });
  const bytes = await whileCardRuns(card, async () => {
    await guest.ready();
    context.log(`booted in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const bench = { card, guest, context };
    return (await pingAll(bench, { from: 0, to: LARGEST_PING })) + (await tcpBothWays(bench));
  });
  const summary = await card.counters();
  await guest.powerOff();
  const { error } = await card.event("ended", 60);
  check(error === undefined, `the card: ${error}`);
  checkHealth(summary, USUAL_COUNTS);
  checkHeaders(summary, row.header, 10, summary.header_length);
  context.speed(speedOf(summary));
  return {
    driver: "Linux virtio_net",
    version: `${file(context, "kernelVersion")}, QEMU ${file(context, "qemuVersion")}`,
    features: `${row.title}; ${featuresOf(card)}`,
    ...countersOf(summary),
    bytes_verified: bytes,
    lost: 0,
  };
}

export const LEGACY_ROWS: readonly Row[] = ROWS.map((row) => ({
  name: row.name,
  group: "linux",
  transport: "vhost-user",
  limitSeconds: 900,
  prepare,
  run: (context) => runRow(context, row),
}));
