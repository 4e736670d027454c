/**
 * What rows need: the card, kernels, programs of Debian, a Debian testing root. Fetched once and kept in `$VNET_CACHE`, or `build/`.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { run } from "./processes.ts";
import { Missing } from "./row.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(resolve(process.env["VNET_CACHE"] ?? join(ROOT, "build")), "cosim");

/** The card as a program; made from `VNET_RTL` if that is set. */
export async function buildCard(
  options: { readonly dataW?: number; readonly sanitize?: boolean } = {},
): Promise<string> {
  const rtl = process.env["VNET_RTL"];
  const words = [
    ...["--program", "cosim", "--top", "cosim_top", "--data-w", `${options.dataW ?? 64}`],
    // Sanitizers and the full optimization together take minutes to compile.
    ...(options.sanitize === true ? ["--sanitize", "--optimize", "quick"] : []),
    ...(rtl === undefined ? [] : ["--rtl-dir", rtl]),
  ];
  return (await run([process.execPath, join(ROOT, "scripts/build-sim.mjs"), ...words])).trim();
}

/** A client of `cosim/test` that stands for a bad peer. */
export async function buildClient(name: string): Promise<string> {
  await needCommands({ "g++": "g++" });
  const dir = join(ROOT, "build/cosim-clients");
  mkdirSync(dir, { recursive: true });
  await run([
    "g++",
    "-std=c++17",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    join(dir, name),
    join(ROOT, `cosim/test/${name}.cc`),
  ]);
  return join(dir, name);
}

/** Says why a command is missing unless it is there. `pairs`: command to Debian package; missing ones are installed when we are root. */
export async function needCommands(pairs: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(pairs).filter(([command]) => !hasCommand(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  needRoot(`to install ${packages.join(" ")}`);
  console.error(`  installing ${packages.join(" ")}`);
  await aptUpdateOnce();
  try {
    await run(["apt-get", "install", "-y", "-q", "--no-install-recommends", ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } catch (error) {
    throw new Missing(`apt-get cannot install ${packages.join(" ")}: ${String(error)}`);
  }
}

function hasCommand(command: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"].some((dir) => existsSync(join(dir, command)));
}

/** Rows make network namespaces and TAP devices. */
export function needRoot(why: string): void {
  if (process.getuid?.() !== 0) throw new Missing(`needs root ${why}; run it with sudo`);
}

/** TAP devices and network namespaces. */
export async function needNamespaces(): Promise<void> {
  needRoot("for a network namespace and a TAP device");
  await needCommands({ ip: "iproute2", unshare: "util-linux", ping: "iputils-ping" });
  if (!existsSync("/dev/net/tun")) throw new Missing("there is no /dev/net/tun: this kernel has no TAP devices");
  try {
    execFileSync("unshare", ["--net", "true"], { stdio: "pipe" });
  } catch (error) {
    throw new Missing(`no network namespaces here: ${String(error)}`);
  }
}

let aptUpdate: Promise<unknown> | undefined;
function aptUpdateOnce(): Promise<unknown> {
  return (aptUpdate ??= run(["apt-get", "update", "-q"]));
}

/** Makes `dir` with `make` unless it is there; an interrupted one is made again. */
async function once(dir: string, make: (temporary: string) => Promise<void>): Promise<string> {
  if (existsSync(dir)) return dir;
  const temporary = `${dir}.tmp-${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await make(temporary);
  if (!existsSync(dir)) renameSync(temporary, dir);
  rmSync(temporary, { recursive: true, force: true });
  return dir;
}

/** Unpacks a package of the host's Debian; returns where. */
export async function debianPackage(name: string): Promise<string> {
  if (!hasCommand("dpkg-deb")) throw new Missing("this is no Debian: there is no dpkg-deb");
  const ask = async (): Promise<string | undefined> =>
    /^Version: (\S+)$/m.exec(await run(["apt-cache", "show", "--no-all-versions", name]).catch(() => ""))?.[1];
  const known = (await ask()) ?? (await aptUpdateOnce(), await ask());
  if (known === undefined) throw new Missing(`apt knows no package ${name}`);
  return once(join(CACHE, `${name}_${known.replaceAll(":", "%")}`), async (dir) => {
    console.error(`  fetching ${name} ${known}`);
    await run(["apt-get", "download", "-q", name], { cwd: dir }).catch(async () => {
      await aptUpdateOnce();
      await run(["apt-get", "download", "-q", name], { cwd: dir });
    });
    await unpack(dir);
  });
}

/** Unpacks packages of Debian testing into one directory; returns where. */
export async function testingPackages(names: readonly [string, ...string[]]): Promise<string> {
  await testingRoot([]);
  // The version is not known without asking the mirror; what was fetched once stays.
  return once(join(CACHE, `testing-${names[0]}`), async (dir) => {
    console.error(`  fetching ${names.join(" ")} of Debian testing`);
    // /tmp is shared with the root.
    const shared = `/tmp/vnet-${process.pid}`;
    mkdirSync(shared, { recursive: true });
    try {
      chmodSync(shared, 0o777);
      await inTestingRoot(`cd ${shared} && apt-get update -q >/dev/null && apt-get download -q ${names.join(" ")}`);
      for (const archive of readdirSync(shared)) cpSync(join(shared, archive), join(dir, archive));
    } finally {
      rmSync(shared, { recursive: true, force: true });
    }
    await unpack(dir);
  });
}

function inTestingRoot(script: string): Promise<string> {
  return run([join(ROOT, "scripts/testing-root.sh"), "chroot", "sh", "-c", script]);
}

/** Unpacks all archives in a directory into it. */
async function unpack(dir: string): Promise<void> {
  const archives = readdirSync(dir).filter((name) => name.endsWith(".deb"));
  if (archives.length === 0) throw new Missing(`apt-get download left nothing in ${dir}`);
  for (const archive of archives) {
    await run(["dpkg-deb", "-x", join(dir, archive), dir]);
    rmSync(join(dir, archive));
  }
}

/** The Debian testing root with these packages; returns where. */
export async function testingRoot(packages: readonly string[]): Promise<string> {
  const script = join(ROOT, "scripts/testing-root.sh");
  try {
    await run([script, ...(packages.length === 0 ? ["make"] : ["install", ...packages])]);
    return (await run([script, "path"])).trim();
  } catch (error) {
    throw new Missing(`no Debian testing root: ${String(error)}`);
  }
}

/** The words that start a program of the testing root on the host, up to its options. */
export function testingProgram(root: string, program: string): string[] {
  const libraries = `${root}/usr/lib/x86_64-linux-gnu:${root}/usr/lib`;
  return [`${root}/lib64/ld-linux-x86-64.so.2`, "--library-path", libraries, `${root}/usr/bin/${program}`];
}

/** QEMU of Debian testing, the first one with vfio-user. */
export async function testingQemu(): Promise<{ command: string[]; version: string; root: string }> {
  const root = await testingRoot(["qemu-system-x86"]);
  const qemu = testingProgram(root, "qemu-system-x86_64");
  const version = /version (\S+)/.exec(await run([...qemu, "--version"]))?.[1] ?? "?";
  return {
    command: [...qemu, "-L", `${root}/usr/share/qemu`, "-L", `${root}/usr/share/seabios`],
    version,
    root,
  };
}

/** A kernel with its modules, unpacked. */
export interface Kernel {
  readonly version: string;
  readonly image: string;
  readonly modules: string;
}

function findKernel(dir: string): Kernel {
  for (const path of ["lib/modules", "usr/lib/modules"]) {
    const parent = join(dir, path);
    const version = existsSync(parent) ? readdirSync(parent)[0] : undefined;
    if (version === undefined) continue;
    const modules = join(parent, version);
    const image = [join(dir, "boot", `vmlinuz-${version}`), join(modules, "vmlinuz")].find((one) => existsSync(one));
    if (image !== undefined) return { version, image, modules };
  }
  throw new Missing(`no kernel with modules in ${dir}`);
}

const KERNEL_PACKAGE = /^\s*Depends: (linux-image-\S+)/m;

/** The kernel of the host's Debian. */
export async function debianKernel(): Promise<Kernel> {
  if (!hasCommand("apt-cache")) throw new Missing("this is no Debian: there is no apt-cache");
  const depends = await run(["apt-cache", "depends", "linux-image-amd64"]).catch(() => "");
  const name =
    KERNEL_PACKAGE.exec(depends)?.[1] ??
    KERNEL_PACKAGE.exec((await aptUpdateOnce(), await run(["apt-cache", "depends", "linux-image-amd64"])))?.[1];
  if (name === undefined) throw new Missing("apt knows no linux-image-amd64");
  return findKernel(await debianPackage(name));
}

/** The kernel of Debian testing: its image and its modules are packages of their own. */
export async function testingKernel(): Promise<Kernel> {
  await testingRoot([]);
  const prefix = "testing-linux-binary-";
  const cached = existsSync(CACHE)
    ? readdirSync(CACHE).find((name) => name.startsWith(prefix) && !name.includes(".tmp"))
    : undefined;
  const version =
    cached?.slice(prefix.length) ??
    KERNEL_PACKAGE.exec(
      await inTestingRoot("apt-get update -q >/dev/null; apt-cache depends linux-image-amd64"),
    )?.[1]?.slice("linux-image-".length);
  if (version === undefined) throw new Missing("Debian testing has no linux-image-amd64");
  return findKernel(await testingPackages([`linux-binary-${version}`, `linux-modules-${version}`]));
}

/** Modules that a virtio network card needs, in the order of loading; those built into the kernel are left out. */
function moduleFiles(kernel: Kernel, wanted: readonly string[]): string[] {
  const files = new Map<string, string>();
  for (const file of readdirSync(kernel.modules, { recursive: true, encoding: "utf8" })) {
    const match = /^(.*\/)?([\w-]+)\.ko(\.xz|\.zst|\.gz)?$/.exec(file);
    if (match?.[2] !== undefined) files.set(match[2].replaceAll("-", "_"), join(kernel.modules, file));
  }
  const ordered: string[] = [];
  const add = (name: string): void => {
    const file = files.get(name.replaceAll("-", "_"));
    if (file === undefined || ordered.includes(file)) return;
    const depends = /\0?depends=([^\0]*)\0/.exec(readModule(file).toString("latin1"))?.[1] ?? "";
    for (const other of depends.split(",").filter((word) => word !== "")) add(other);
    ordered.push(file);
  };
  for (const name of wanted) add(name);
  return ordered;
}

function readModule(file: string): Buffer {
  if (file.endsWith(".gz")) return gunzipSync(readFileSync(file));
  const unpackers: Record<string, string> = { ".xz": "xz", ".zst": "zstd" };
  const unpacker = Object.entries(unpackers).find(([ending]) => file.endsWith(ending))?.[1];
  if (unpacker === undefined) return readFileSync(file);
  return execFileSync(unpacker, ["-dc", file], { maxBuffer: 1 << 28 });
}

/** The guest's programs that are ours, statically linked. */
const GUEST_PROGRAMS = ["sniff", "pings"];

/** A root file system for guests of this kernel: busybox, a few programs of ours, the driver's modules. */
export async function guestInitrd(kernel: Kernel): Promise<string> {
  await needCommands({ cpio: "cpio", gcc: "gcc", xz: "xz-utils", zstd: "zstd" });
  const busybox = join(await debianPackage("busybox-static"), "bin/busybox");
  const guest = join(ROOT, "cosim/guest");
  const sources = readdirSync(guest).sort();
  const hash = createHash("sha256");
  for (const name of sources) hash.update(name).update(readFileSync(join(guest, name)));
  const dir = join(CACHE, `initrd-${kernel.version}-${hash.digest("hex").slice(0, 12)}`);
  await once(dir, async (temporary) => {
    console.error(`  making the guest's file system for Linux ${kernel.version}`);
    const root = join(temporary, "root");
    for (const name of ["bin", "modules", "proc", "sys", "dev", "tmp"])
      mkdirSync(join(root, name), { recursive: true });
    cpSync(busybox, join(root, "bin/busybox"));
    cpSync(busybox, join(root, "bin/sh"));
    cpSync(join(guest, "init"), join(root, "init"));
    chmodSync(join(root, "init"), 0o755);
    cpSync(join(guest, "network"), join(root, "network"));
    for (const name of GUEST_PROGRAMS) {
      await run([
        "gcc",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-static",
        "-o",
        join(root, "bin", name),
        join(guest, `${name}.c`),
      ]);
    }
    const order: string[] = [];
    for (const file of moduleFiles(kernel, ["virtio_pci", "virtio_net"])) {
      const name = basename(file).replace(/\.ko.*$/, ".ko");
      writeFileSync(join(root, "modules", name), readModule(file));
      order.push(name);
    }
    writeFileSync(join(root, "modules/order"), `${order.join("\n")}\n`);
    await run(["sh", "-c", "find . | cpio -o -H newc --quiet | gzip -1 > ../initrd.gz"], { cwd: root });
    rmSync(root, { recursive: true });
  });
  return join(dir, "initrd.gz");
}
