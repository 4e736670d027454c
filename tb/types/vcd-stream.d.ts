/**
 * Types of the parts of vcd-stream that are used; the package has none of its own. The WebAssembly build is used, because the native addon
 * leaves the signal tree empty.
 */
declare module "vcd-stream/out/vcd.js" {
  /** Loads the WebAssembly module. */
  export default function load(): Promise<VcdModule>;

  /** Opaque. */
  export interface VcdModule {
    readonly cwrap: unknown;
  }
}

declare module "vcd-stream/lib/web-vcd-parser.js" {
  import type { Writable } from "node:stream";

  import type { VcdModule } from "vcd-stream/out/vcd.js";

  /** A scope or a signal. Several signals may have the same link: they are always equal. */
  export interface VcdNode {
    readonly kind: "scope" | "var";
    readonly name: string;
    readonly body?: readonly VcdNode[];
    readonly link?: string;
    readonly size?: number;
  }

  /** The command of a change: 14 to 28 for single bits, which come without a value (14 is 0, 15 is 1). */
  export type VcdListener = (time: bigint, command: number, value?: bigint, mask?: bigint) => void;

  export interface VcdParser extends Writable {
    readonly info: { readonly wires: VcdNode };
    readonly change: { on(link: string, listener: VcdListener): void };
    on(event: "$enddefinitions" | "finish", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }

  export default function makeParser(module: VcdModule): Promise<VcdParser>;
}
