/**
 * A DHCP server behind the TAP, for firmware that boots from the network.
 *
 * @module
 */
import { needCommands } from "./prepare.ts";
import { HOST_ADDRESS, TAP } from "./host.ts";
import { Program } from "./processes.ts";
import { check } from "./row.ts";

/** The four messages of an address assignment, in their order. */
const MESSAGES = ["DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"] as const;

/** To be called by the `prepare` of a row. */
export function needDhcp(): Promise<void> {
  return needCommands({ dnsmasq: "dnsmasq-base" });
}

/** A running server. */
export class Dhcp {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Starts a server on the TAP, which has its address already. `dir` is the directory of the row. */
  static start(dir: string): Dhcp {
    const network = HOST_ADDRESS.replace(/\.\d+$/, "");
    return new Dhcp(
      new Program(
        [
          ...[
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--user=root",
            "--log-facility=-",
            "--log-dhcp",
          ],
          ...["--port=0", `--interface=${TAP}`, "--bind-interfaces", "--dhcp-authoritative", "--no-ping"],
          ...[
            `--dhcp-range=${network}.50,${network}.90,1h`,
            `--dhcp-leasefile=${dir}/leases`,
            `--pid-file=${dir}/dnsmasq.pid`,
          ],
          ...["--dhcp-boot=boot.efi"],
        ],
        { logPath: `${dir}/dhcp.log` },
      ),
    );
  }

  /** Waits until a client has got its address in the four steps; returns the address. */
  async exchange(mac: string, limitSeconds: number): Promise<string> {
    return this.#program.untilErrors(
      (log) => {
        let from = 0;
        let address: string | undefined;
        for (const message of MESSAGES) {
          // DHCPACK(vnet0) 10.77.0.63 02:56:4e:45:54:01
          const pattern = new RegExp(`${message}\\(\\w+\\) (?:([\\d.]+) )?${mac}`);
          const match = pattern.exec(log.slice(from));
          if (match === null) return undefined;
          from += match.index + match[0].length;
          address = match[1] ?? address;
        }
        check(address !== undefined, `DHCP: no address in the log:\n${log.slice(-1000)}`);
        return address;
      },
      limitSeconds,
      `${MESSAGES.join(", ")} of ${mac}`,
    );
  }
}
