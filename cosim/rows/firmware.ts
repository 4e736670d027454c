/**
 * Firmware that boots from the network, in QEMU 7.2; QEMU keeps the registers, the card gets the rings through vhost-user.
 *
 * @module
 */
import { copyFileSync, existsSync } from "node:fs";
import { Dhcp, needDhcp } from "../dhcp.ts";
import { addressTap, TAP } from "../host.ts";
import { buildCard, debianPackage, needNamespaces } from "../prepare.ts";
import { Program } from "../processes.ts";
import { check, type Files, Missing, type Row, type RowContext, type RowReport } from "../row.ts";
import {
  checkHeaders,
  checkHealth,
  countersOf,
  featuresOf,
  speedOf,
  startVhostCard,
  USUAL_COUNTS,
  whileCardRuns,
} from "../vhost.ts";
import { hostQemu, vhostDevice } from "./linux-legacy.ts";
import { file } from "./linux.ts";

const MAC = "02:56:4e:45:54:02";
const MEMORY_MB = 256;
/** From power-on to the acknowledgement; alone on the machine it is some ten seconds. */
const BOOT_SECONDS = 400;

interface Firmware {
  readonly name: string;
  readonly driver: string;
  /** Debian package and the file in it. */
  readonly source: readonly [packageName: string, path: string];
  readonly headerLength: 10 | 12;
  /** The address that it uses, if not that of the card. */
  readonly mac?: string;
  /** Words of QEMU for the machine and the card. */
  words(context: RowContext): readonly string[];
}

const FIRMWARE: readonly Firmware[] = [
  {
    name: "ipxe",
    driver: "iPXE",
    source: ["ipxe-qemu", "usr/lib/ipxe/qemu/pxe-virtio.rom"],
    headerLength: 12,
    words: (context) => [
      ...["-M", "pc,accel=tcg,memory-backend=m0"],
      ...vhostDevice(context, `mac=${MAC},romfile=${file(context, "firmware")},disable-legacy=on,bootindex=1`),
    ],
  },
  {
    name: "ovmf",
    driver: "OVMF (EDK2)",
    source: ["ovmf", "usr/share/OVMF/OVMF_CODE_4M.fd"],
    headerLength: 12,
    words(context) {
      const variables = `${context.dir}/vars.fd`;
      copyFileSync(file(context, "firmware").replace("OVMF_CODE", "OVMF_VARS"), variables);
      return [
        ...["-M", "q35,accel=tcg,memory-backend=m0"],
        ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${file(context, "firmware")}`],
        ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
        ...vhostDevice(context, `mac=${MAC},romfile=,disable-legacy=on,bootindex=1`),
      ];
    },
  },
  {
    name: "u-boot",
    driver: "U-Boot",
    source: ["u-boot-qemu", "usr/lib/u-boot/qemu-x86_64/u-boot.rom"],
    // It accepts no feature at all, and has its address in its environment.
    headerLength: 10,
    mac: "02:02:02:02:02:02",
    words: (context) => [
      ...["-M", "pc,accel=tcg,memory-backend=m0", "-bios", file(context, "firmware")],
      ...vhostDevice(context, `mac=${MAC},romfile=`),
    ],
  },
];

async function prepare(firmware: Firmware): Promise<Files> {
  await needNamespaces();
  await needDhcp();
  const [packageName, path] = firmware.source;
  const dir = await debianPackage(packageName);
  if (!existsSync(`${dir}/${path}`)) throw new Missing(`${packageName} has no ${path}`);
  return {
    ...(await hostQemu()),
    card: await buildCard(),
    firmware: `${dir}/${path}`,
    firmwareVersion: dir.replace(/^.*_/, "").replaceAll("%", ":"),
  };
}

async function runRow(firmware: Firmware, context: RowContext): Promise<RowReport> {
  const card = await startVhostCard(context, {
    network: `tap:${TAP}`,
    more: ["--capture", `${context.dir}/wire.pcapng`],
  });
  await addressTap();
  const dhcp = Dhcp.start(context.dir);
  const qemu = new Program(
    [
      ...[file(context, "qemu"), "-m", `${MEMORY_MB}`],
      ...["-object", `memory-backend-memfd,id=m0,size=${MEMORY_MB}M,share=on`],
      ...["-cpu", "max", "-nodefaults", "-nographic", "-vga", "none", "-serial", "stdio"],
      ...firmware.words(context),
    ],
    { logPath: `${context.dir}/guest.log` },
  );
  const address = await whileCardRuns(card, () => dhcp.exchange(firmware.mac ?? MAC, BOOT_SECONDS));
  context.log(`has the address ${address}`);
  const summary = await card.counters();
  const features = featuresOf(card);
  qemu.kill();
  const { error } = await card.event("ended", 60);
  check(error === undefined, `the card: ${error}`);
  checkHealth(summary, USUAL_COUNTS);
  checkHeaders(summary, "alone", firmware.headerLength, summary.header_length);
  context.speed(speedOf(summary));
  return {
    driver: firmware.driver,
    version: `${file(context, "firmwareVersion")}, QEMU ${file(context, "qemuVersion")}`,
    features: `DHCP; ${features}`,
    ...countersOf(summary),
    bytes_verified: 0,
    lost: 0,
  };
}

export const FIRMWARE_ROWS: readonly Row[] = FIRMWARE.map((firmware) => ({
  name: firmware.name,
  group: "firmware",
  transport: "vhost-user",
  limitSeconds: BOOT_SECONDS + 120,
  prepare: () => prepare(firmware),
  run: (context) => runRow(firmware, context),
}));
