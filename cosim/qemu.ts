/**
 * A Linux guest in QEMU, driven over its serial line.
 *
 * @module
 */
import { Program } from "./processes.ts";
import { check, RowError } from "./row.ts";

/** Options of a guest. */
export interface GuestOptions {
  /** Words that start QEMU up to its options: the loader of the testing root, or the host's own QEMU. */
  readonly qemu: readonly string[];
  readonly kernel: string;
  readonly initrd: string;
  /** Words after the fixed ones: the card, its bus. */
  readonly devices: readonly string[];
  readonly logPath: string;
  /** More words of the kernel's command line. */
  readonly append?: string;
  readonly cpus?: number;
  readonly machine?: string;
  /** Let a reboot of the guest happen instead of ending. */
  readonly mayReboot?: boolean;
}

const MEMORY_MB = 256;

/** A booted guest whose serial line is a shell. */
export class Guest {
  readonly program: Program;
  #read = 0;
  #orders = 0;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Boots a guest; fulfilled when its shell is there. */
  static async boot(options: GuestOptions, limitSeconds = 180): Promise<Guest> {
    const guest = Guest.start(options);
    await guest.ready(limitSeconds);
    return guest;
  }

  /** A guest in a program that was started elsewhere; its standard input and output are the serial line. */
  static attach(program: Program): Guest {
    return new Guest(program);
  }

  /** Starts QEMU and does not wait. */
  static start(options: GuestOptions): Guest {
    const machine = options.machine ?? "q35";
    return new Guest(
      new Program(
        [
          ...options.qemu,
          ...["-M", `${machine},accel=tcg,memory-backend=m0`, "-m", `${MEMORY_MB}`],
          ...["-object", `memory-backend-memfd,id=m0,size=${MEMORY_MB}M,share=on`],
          ...["-cpu", "max", "-smp", `${options.cpus ?? 1}`, "-nodefaults", "-nographic", "-vga", "none"],
          ...(options.mayReboot === true ? [] : ["-no-reboot"]),
          ...["-kernel", options.kernel, "-initrd", options.initrd],
          ...["-append", `console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check ${options.append ?? ""}`],
          ...["-serial", "stdio"],
          ...options.devices,
        ],
        { logPath: options.logPath },
      ),
    );
  }

  /** Waits for the shell of a guest that boots; returns the version of its kernel. */
  async ready(limitSeconds = 180): Promise<string> {
    return this.#next(/guest: ready (\S+)\r?\n/, limitSeconds, "boot of the guest");
  }

  /** Runs a command in the guest; returns what it printed. Throws when it fails. */
  async sh(command: string, limitSeconds = 120): Promise<string> {
    const { status, output } = await this.trySh(command, limitSeconds);
    check(status === 0, `guest: '${command}' failed (${status}):\n${output}`);
    return output;
  }

  /** The same, whatever the exit status is. */
  async trySh(command: string, limitSeconds = 120): Promise<{ status: number; output: string }> {
    const mark = `@${++this.#orders}@`;
    const from = this.#read;
    // The mark comes in two pieces, so that an echo of the order is not taken for it.
    this.program.write(`( ${command} ) </dev/null 2>&1; echo "@${this.#orders}""@ $?"\n`);
    const pattern = new RegExp(`${mark} (\\d+)\\r?\\n`);
    const status = Number(await this.#next(pattern, limitSeconds, `guest: '${command}'`));
    const text = this.program.output.slice(from, this.#read);
    return { status, output: text.slice(0, text.lastIndexOf(mark)).replaceAll("\r", "").trim() };
  }

  /** Turns the guest off; fulfilled when QEMU has ended. */
  async powerOff(): Promise<void> {
    this.program.write("poweroff -f\n");
    const timer = setTimeout(() => {
      this.program.kill();
    }, 60_000);
    const exit = await this.program.exited;
    clearTimeout(timer);
    if (exit !== 0) throw new RowError(`QEMU ended with ${exit}:\n${this.program.tail()}`);
  }

  async #next(pattern: RegExp, limitSeconds: number, what: string): Promise<string> {
    return this.program.until(
      (output) => {
        const match = pattern.exec(output.slice(this.#read));
        if (match === null) return undefined;
        this.#read += match.index + match[0].length;
        return match[1] ?? "";
      },
      limitSeconds,
      what,
    );
  }
}
