/**
 * Linux's own virtio_net in a QEMU guest; the card is a PCI function of the guest through vfio-user.
 *
 * @module
 */
import { Card, type Summary, transmitQueue } from "../card.ts";
import { addressTap, Flood, HOST_ADDRESS, receiveOverTcp, sendOverTcp, TAP } from "../host.ts";
import {
  buildCard,
  debianKernel,
  guestInitrd,
  type Kernel,
  needNamespaces,
  testingKernel,
  testingQemu,
} from "../prepare.ts";
import { Guest, type GuestOptions } from "../qemu.ts";
import { check, type Files, type Row, type RowContext, type RowReport } from "../row.ts";
import { speedOf } from "../vhost.ts";

const TCP_BYTES = 2 << 20;
export const LARGEST_PING = 1472;
const UNBINDS = 20;

/** What distinguishes a row. */
export interface LinuxRow {
  readonly name: string;
  readonly features: string;
  readonly limitSeconds?: number;
  readonly append?: string;
  readonly cpus?: number;
  readonly isBehindRootPort?: boolean;
  readonly mayReboot?: boolean;
  readonly isNewKernel?: boolean;
  /** The work; returns how many bytes were compared. */
  work(bench: LinuxBench): Promise<number>;
}

/** A guest on a card on a TAP. */
export interface LinuxBench {
  readonly card: Card;
  readonly guest: Guest;
  readonly context: RowContext;
}

/** Files of a row with vfio-user, for this kernel. */
export async function prepareVfio(kernelOf: () => Promise<Kernel> = debianKernel): Promise<Files> {
  await needNamespaces();
  const [qemu, kernel] = [await testingQemu(), await kernelOf()];
  return {
    card: await buildCard(),
    qemu: JSON.stringify(qemu.command),
    qemuVersion: qemu.version,
    kernel: kernel.image,
    kernelVersion: kernel.version,
    initrd: await guestInitrd(kernel),
  };
}

/** A word of `context.files`. */
export function file(context: RowContext, name: string): string {
  const value = context.files[name];
  if (value === undefined) throw new Error(`row has no file '${name}'`);
  return value;
}

/** QEMU's words for a card behind this socket. */
export function vfioDevice(socket: string, properties: Readonly<Record<string, unknown>> = {}): string[] {
  // With a shorter limit a slow answer of the simulation would end the connection.
  return [
    "-device",
    JSON.stringify({
      driver: "vfio-user-pci",
      "x-msg-timeout": 600000,
      socket: { path: socket, type: "unix" },
      ...properties,
    }),
  ];
}

async function startCard(context: RowContext): Promise<Card> {
  const card = await Card.start({
    program: file(context, "card"),
    protocol: "vfio",
    socket: `${context.dir}/vfio.sock`,
    network: `tap:${TAP}`,
    logPath: `${context.dir}/card.log`,
    more: ["--capture", `${context.dir}/wire.pcapng`],
  });
  await addressTap();
  return card;
}

/** A guest on the card of this row. */
export function guestOptions(context: RowContext, row: Partial<LinuxRow>): GuestOptions {
  const isBehindRootPort = row.isBehindRootPort === true;
  return {
    qemu: JSON.parse(file(context, "qemu")) as string[], // written by prepareVfio
    kernel: file(context, "kernel"),
    initrd: file(context, "initrd"),
    devices: [
      ...(isBehindRootPort ? ["-device", "pcie-root-port,id=port0,chassis=1"] : []),
      ...vfioDevice(`${context.dir}/vfio.sock`, isBehindRootPort ? { bus: "port0" } : {}),
    ],
    logPath: `${context.dir}/guest.log`,
    ...(row.append === undefined ? {} : { append: row.append }),
    ...(row.cpus === undefined ? {} : { cpus: row.cpus }),
    ...(row.mayReboot === undefined ? {} : { mayReboot: row.mayReboot }),
  };
}

// ------------------------------------------------------------------------------------------- traffic

/** One ping of each size from the guest; returns the payload bytes that came back right. */
export async function pingAll(
  bench: LinuxBench,
  sizes: { readonly from: number; readonly to: number },
): Promise<number> {
  const before = await bench.card.counters();
  const { status, output } = await bench.guest.trySh(`pings ${HOST_ADDRESS} ${sizes.from} ${sizes.to}`, 300);
  const match = /sent (\d+) lost (\d+) bytes (\d+) us (\d+)/.exec(output);
  check(match !== null && status === 0, `pings of ${sizes.from}..${sizes.to} bytes:\n${output}`);
  const [sent, , bytes, us] = (match ?? []).slice(1).map(Number);
  const cycles = (await bench.card.counters()).busy_cycles - before.busy_cycles;
  bench.context.speed({
    ping_us: Math.round((us ?? 0) / (sent ?? 1)),
    ping_busy_cycles: Math.round(cycles / (sent ?? 1)),
  });
  return bytes ?? 0;
}

/** TCP in both directions with equal SHA-256; returns the bytes that were compared. */
export async function tcpBothWays(bench: LinuxBench): Promise<number> {
  const { guest, card, context } = bench;
  let guestHash = "";
  const before = await card.counters();
  const down = await sendOverTcp(TCP_BYTES, async (port) => {
    guestHash = (await guest.sh(`nc ${HOST_ADDRESS} ${port} >/tmp/down && sha256sum </tmp/down`, 300)).slice(0, 64);
  });
  check(guestHash === down.sha256, `TCP to the guest: SHA-256 ${down.sha256} was sent, ${guestHash} has arrived`);
  const between = await card.counters();
  await guest.sh(`dd if=/dev/urandom of=/tmp/up bs=64k count=${TCP_BYTES / 65536} 2>/dev/null`, 120);
  guestHash = (await guest.sh("sha256sum </tmp/up")).slice(0, 64);
  const up = await receiveOverTcp(async (port) => {
    await guest.sh(`nc ${HOST_ADDRESS} ${port} </tmp/up`, 300);
  }, 300);
  check(up.sha256 === guestHash, `TCP from the guest: SHA-256 ${guestHash} was sent, ${up.sha256} has arrived`);
  check(up.bytes === TCP_BYTES, `TCP from the guest: ${up.bytes} of ${TCP_BYTES} bytes have arrived`);
  const after = await card.counters();
  context.speed({
    tcp_down_kbyte_per_s: Math.round(down.bytes / down.seconds / 1000),
    tcp_down_bytes_per_kcycle: Math.round((1000 * down.bytes) / (between.busy_cycles - before.busy_cycles)),
    tcp_up_kbyte_per_s: Math.round(up.bytes / up.seconds / 1000),
    tcp_up_bytes_per_kcycle: Math.round((1000 * up.bytes) / (after.busy_cycles - between.busy_cycles)),
  });
  return down.bytes + up.bytes;
}

/** Transmit chains by header placement between two looks. */
function headers(before: Summary, after: Summary): { inline: number; alone: number; cut: number } {
  const [old, now] = [transmitQueue(before), transmitQueue(after)];
  return { inline: now.inline - old.inline, alone: now.alone - old.alone, cut: now.cut - old.cut };
}

/** Pings under the eyes of a sniffer: the headers move to an element of their own, and back when it is gone. */
async function sniffer(bench: LinuxBench): Promise<number> {
  const { guest, card } = bench;
  // A frame that is cloned before the driver sees it keeps the driver from pushing its header.
  await guest.sh(
    "sniff 300 >/tmp/sniff & for i in 1 2 3 4 5 6 7 8 9; do grep -q sniffing /tmp/sniff && exit; sleep 1; done; exit 1",
  );
  const before = await card.counters();
  const bytes = await pingAll(bench, { from: 0, to: 200 });
  const during = await card.counters();
  const seen = headers(before, during);
  check(seen.alone >= 201, `with a sniffer: expected at least 201 headers alone, saw ${JSON.stringify(seen)}`);
  await guest.sh("killall sniff; sleep 1");
  const again = await card.counters();
  const more = await pingAll(bench, { from: 0, to: 100 });
  const gone = headers(again, await card.counters());
  check(
    gone.inline >= 101 && gone.alone === 0,
    `after the sniffer: expected headers inline, saw ${JSON.stringify(gone)}`,
  );
  return bytes + more;
}

/** The registers through the PCI_CFG capability, as firmware does it. */
async function pciCfgAccess(bench: LinuxBench): Promise<void> {
  const config = "$(echo /sys/bus/virtio/devices/virtio0/../config)";
  const capability = 0x90 + 0x44;
  const put = (offset: number, word: number): string => {
    const bytes = [0, 8, 16, 24].map((shift) => `\\${((word >>> shift) & 255).toString(8).padStart(3, "0")}`);
    return `printf '${bytes.join("")}' | dd of=${config} bs=4 seek=${offset / 4} count=1 conv=notrunc 2>/dev/null`;
  };
  const id = await bench.guest.sh(
    [
      put(capability + 4, 0),
      put(capability + 8, 0x2000),
      put(capability + 12, 4),
      `dd if=${config} bs=4 skip=${(capability + 16) / 4} count=1 2>/dev/null`,
    ].join("; "),
  );
  check(id === "VNET", `register 0x2000 through PCI_CFG: expected 'VNET', got '${id}'`);
}

// ---------------------------------------------------------------------------------------------- rows

const ROWS: readonly LinuxRow[] = [
  {
    name: "linux",
    features: "MSI-X",
    async work(bench) {
      const { guest, card } = bench;
      const before = await card.counters();
      let bytes = await pingAll(bench, { from: 0, to: LARGEST_PING });
      bytes += await tcpBothWays(bench);
      const placed = headers(before, await card.counters());
      check(
        placed.inline > LARGEST_PING && placed.alone === 0 && placed.cut === 0,
        `expected all headers inline, saw ${JSON.stringify(placed)}`,
      );
      check(
        (await guest.sh("grep virtio /proc/interrupts")).includes("PCI-MSI"),
        "expected MSI-X interrupts in the guest",
      );
      bytes += await sniffer(bench);
      await pciCfgAccess(bench);
      return bytes;
    },
  },
  {
    name: "linux-intx",
    features: "INTx (pci=nomsi)",
    append: "pci=nomsi",
    async work(bench) {
      const lines = await bench.guest.sh("grep virtio /proc/interrupts");
      check(
        !lines.includes("MSI") && lines.includes("IO-APIC"),
        `expected a wired interrupt in the guest, saw: ${lines}`,
      );
      return (await pingAll(bench, { from: 0, to: LARGEST_PING })) + (await tcpBothWays(bench));
    },
  },
  {
    name: "linux-root-port",
    features: "MSI-X, behind a PCIe root port",
    isBehindRootPort: true,
    async work(bench) {
      const size = await bench.guest.sh("wc -c </sys/bus/virtio/devices/virtio0/../config");
      check(size.trim() === "4096", `expected 4096 bytes of configuration space, the guest sees ${size}`);
      return (await pingAll(bench, { from: 0, to: LARGEST_PING })) + (await tcpBothWays(bench));
    },
  },
  {
    name: "linux-unbind",
    features: `MSI-X, 2 CPUs, ${UNBINDS} times unbind and bind under traffic`,
    cpus: 2,
    limitSeconds: 600,
    async work(bench) {
      const { guest } = bench;
      const address =
        (
          await guest.sh(
            "basename $(readlink /sys/bus/virtio/devices/virtio0/..)" +
              " 2>/dev/null; basename $(readlink -f /sys/bus/virtio/devices/virtio0/..)",
          )
        )
          .split("\n")
          .at(-1) ?? "";
      check(/^[\da-f:.]+$/.test(address), `address of the card in the guest: '${address}'`);
      // Traffic in both directions that does not care whether it is answered.
      const flood = Flood.start(700);
      await guest.sh(`(while :; do ping -c 1 -W 1 -s 1200 ${HOST_ADDRESS}; done) >/dev/null 2>&1 &`);
      let bytes = 0;
      for (let i = 0; i < UNBINDS; i++) {
        const driver = i % 2 === 0 ? "virtio/drivers/virtio_net" : "pci/drivers/virtio-pci";
        const device = i % 2 === 0 ? "$(basename /sys/bus/virtio/devices/virtio*)" : address;
        await guest.sh(`d=${device}; cd /sys/bus/${driver} && echo $d >unbind && echo $d >bind && . /network`);
        bytes += await pingAll(bench, { from: 60, to: 70 });
        bench.context.log(`unbind and bind ${i + 1} of ${UNBINDS}`);
      }
      const { sent, answered } = await flood.stop();
      bench.context.log(`meanwhile ${answered} of ${sent} pings of the host were answered`);
      await guest.sh("kill $(pidof sh | tr ' ' '\\n' | tail -n 1) 2>/dev/null; true");
      return bytes + (await tcpBothWays(bench));
    },
  },
  {
    name: "linux-reboot",
    features: "MSI-X, guest reboot under traffic",
    mayReboot: true,
    async work(bench) {
      const { guest } = bench;
      const flood = Flood.start(56);
      let bytes = await pingAll(bench, { from: 0, to: 300 });
      guest.program.write("reboot -f\n");
      await guest.ready();
      bytes += await pingAll(bench, { from: 0, to: LARGEST_PING });
      const { sent, answered } = await flood.stop();
      bench.context.log(`meanwhile ${answered} of ${sent} pings of the host were answered`);
      return bytes + (await tcpBothWays(bench));
    },
  },
  {
    name: "linux-new",
    features: "MSI-X",
    isNewKernel: true,
    async work(bench) {
      const before = await bench.card.counters();
      const bytes = (await pingAll(bench, { from: 0, to: LARGEST_PING })) + (await tcpBothWays(bench));
      const placed = headers(before, await bench.card.counters());
      check(
        placed.inline > LARGEST_PING && placed.alone === 0 && placed.cut === 0,
        `expected all headers inline, saw ${JSON.stringify(placed)}`,
      );
      return bytes + (await sniffer(bench));
    },
  },
];

async function runRow(row: LinuxRow, context: RowContext): Promise<RowReport> {
  const card = await startCard(context);
  const started = performance.now();
  const guest = await Guest.boot(guestOptions(context, row));
  context.log(`booted in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const bytes = await row.work({ card, guest, context });
  await guest.powerOff();
  const { error } = await card.event("ended", 60);
  check(error === undefined, `the card: ${error}`);
  const summary = await card.program.exited.then(() => lastSummary(card));
  check(summary.refused_reads + summary.refused_writes === 0, "the device touched memory that was not mapped");
  const wrong = Object.entries(summary.errors).filter(([name]) => name !== "RX_NO_QUEUE");
  check(wrong.length === 0, `the device counted errors: ${JSON.stringify(summary.errors)}`);
  context.speed(speedOf(summary));
  const transmitted = transmitQueue(summary);
  return {
    driver: "Linux virtio_net",
    version: `${file(context, "kernelVersion")}, QEMU ${file(context, "qemuVersion")}`,
    features: row.features,
    frames_tx: summary.frames_tx,
    frames_rx: summary.frames_rx,
    header_inline: transmitted.inline,
    header_alone: transmitted.alone,
    header_cut: transmitted.cut,
    bytes_verified: bytes,
    lost: 0,
  };
}

/** The counters in the last line of a card that has ended by itself. */
async function lastSummary(card: Card): Promise<Summary> {
  const { summary } = await card.event("stopped", 10);
  if (summary === undefined) throw new Error("the card ended without counters");
  return summary;
}

export const LINUX_ROWS: readonly Row[] = ROWS.map((row) => ({
  name: row.name,
  group: "linux",
  transport: "vfio-user",
  limitSeconds: row.limitSeconds ?? 400,
  prepare: () => prepareVfio(row.isNewKernel === true ? testingKernel : debianKernel),
  run: (context) => runRow(row, context),
}));
