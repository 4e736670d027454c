/**
 * Firmware that boots from the network, in QEMU; the card is a PCI function through vfio-user.
 *
 * @module
 */
import { copyFileSync, existsSync } from "node:fs";
import { Card, transmitQueue } from "../card.ts";
import { Dhcp, needDhcp } from "../dhcp.ts";
import { addressTap, TAP } from "../host.ts";
import { buildCard, debianPackage, needNamespaces, testingQemu } from "../prepare.ts";
import { Program } from "../processes.ts";
import { check, type Files, Missing, type Row, type RowContext, type RowReport } from "../row.ts";
import { file, vfioDevice } from "./linux.ts";

const MAC = "02:56:4e:45:54:01";
const MEMORY_MB = 256;

interface Firmware {
  readonly name: string;
  readonly driver: string;
  /** Debian package and the file in it. */
  readonly source: readonly [packageName: string, path: string];
  /** Words of QEMU. */
  words(context: RowContext): readonly string[];
}

const FIRMWARE: readonly Firmware[] = [
  {
    name: "ipxe-vfio",
    driver: "iPXE",
    source: ["ipxe-qemu", "usr/lib/ipxe/qemu/pxe-virtio.rom"],
    words: (context) => vfioDevice(`${context.dir}/vfio.sock`, { romfile: file(context, "firmware"), bootindex: 1 }),
  },
  {
    name: "ovmf-vfio",
    driver: "OVMF (EDK2)",
    source: ["ovmf", "usr/share/OVMF/OVMF_CODE_4M.fd"],
    words(context) {
      const variables = `${context.dir}/vars.fd`;
      copyFileSync(file(context, "firmware").replace("OVMF_CODE", "OVMF_VARS"), variables);
      return [
        ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${file(context, "firmware")}`],
        ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
        ...vfioDevice(`${context.dir}/vfio.sock`, { romfile: "", bootindex: 1 }),
      ];
    },
  },
];

async function prepare(firmware: Firmware): Promise<Files> {
  await needNamespaces();
  await needDhcp();
  const [packageName, path] = firmware.source;
  const dir = await debianPackage(packageName);
  if (!existsSync(`${dir}/${path}`)) throw new Missing(`${packageName} has no ${path}`);
  const qemu = await testingQemu();
  return {
    card: await buildCard(),
    qemu: JSON.stringify(qemu.command),
    qemuVersion: qemu.version,
    firmware: `${dir}/${path}`,
    firmwareVersion: dir.replace(/^.*_/, "").replaceAll("%", ":"),
  };
}

async function runRow(firmware: Firmware, context: RowContext): Promise<RowReport> {
  const card = await Card.start({
    program: file(context, "card"),
    protocol: "vfio",
    socket: `${context.dir}/vfio.sock`,
    network: `tap:${TAP}`,
    logPath: `${context.dir}/card.log`,
    more: ["--capture", `${context.dir}/wire.pcapng`],
  });
  await addressTap();
  const dhcp = Dhcp.start(context.dir);
  const qemu = new Program(
    [
      ...(JSON.parse(file(context, "qemu")) as string[]), // written by prepare
      ...["-M", "q35,accel=tcg,memory-backend=m0", "-m", `${MEMORY_MB}`],
      ...["-object", `memory-backend-memfd,id=m0,size=${MEMORY_MB}M,share=on`],
      ...["-cpu", "max", "-nodefaults", "-nographic", "-vga", "none", "-serial", "stdio"],
      ...firmware.words(context),
    ],
    { logPath: `${context.dir}/guest.log` },
  );
  const address = await dhcp.exchange(MAC, 240);
  context.log(`has the address ${address}`);
  qemu.kill();
  await card.event("ended", 60);
  const { summary } = await card.event("stopped", 60);
  if (summary === undefined) throw new Error("the card ended without counters");
  check(summary.refused_reads + summary.refused_writes === 0, "the device touched memory that was not mapped");
  const transmitted = transmitQueue(summary);
  check(transmitted.alone > 0 && transmitted.inline === 0, "expected headers in elements of their own");
  return {
    driver: firmware.driver,
    version: `${file(context, "firmwareVersion")}, QEMU ${file(context, "qemuVersion")}`,
    features: "DHCP",
    frames_tx: summary.frames_tx,
    frames_rx: summary.frames_rx,
    header_inline: transmitted.inline,
    header_alone: transmitted.alone,
    header_cut: transmitted.cut,
    bytes_verified: 0,
    lost: 0,
  };
}

export const FIRMWARE_VFIO_ROWS: readonly Row[] = FIRMWARE.map((firmware) => ({
  name: firmware.name,
  group: "firmware",
  transport: "vfio-user",
  limitSeconds: 300,
  prepare: () => prepare(firmware),
  run: (context) => runRow(firmware, context),
}));
