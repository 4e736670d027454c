/**
 * Types of the parts of vcd-stream that are used. The package has none of its own, and its native addon leaves out the signal tree, so the
 * WebAssembly build is used. Single bits come without a value: the command says it (14 is 0, 15 is 1).
 */
declare module "vcd-stream/out/vcd.js" {
  /** Loads the WebAssembly module. */
  export default function load(): Promise<unknown>;
}

declare module "vcd-stream/lib/web-vcd-parser.js" {
  /** A signal in the tree; its scope is a nested object. */
  export type VcdWires = { readonly [name: string]: string | VcdWires };

  export interface VcdParser {
    readonly info: { readonly wires: VcdWires; readonly timescale?: string };
    readonly change: {
      on(id: string, listener: (time: bigint | number, command: number, value?: bigint, mask?: bigint) => void): void;
    };
    on(event: "$enddefinitions", listener: () => void): void;
    on(event: "finish", listener: () => void): void;
    write(chunk: Uint8Array | string): boolean;
    end(): void;
  }

  export default function makeParserFactory(module: unknown): Promise<() => Promise<VcdParser>>;
}
