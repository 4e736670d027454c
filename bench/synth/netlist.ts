// Finds the longest register-to-register paths in a netlist of LUTs, as written by the Yosys command write_json.
//
// A level is a cell that is neither register nor memory. Two ways to count:
//   plain   memories are end points, as `ltp -noff` sees them (Yosys says the same number; the caller compares);
//   lutram  a memory with asynchronous read is a path from its read address to its data, of as many levels as the LUTs and
//           multiplexers it needs: 1 up to 64 words, and one more for every factor of 4. This is what the clock feels.

type Bit = number | string;
interface Cell {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly port_directions: Readonly<Record<string, "input" | "output" | "inout">>;
  readonly connections: Readonly<Record<string, readonly Bit[]>>;
}
interface Module {
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly ports: Readonly<Record<string, { direction: string; bits: readonly Bit[] }>>;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly netnames: Readonly<Record<string, { hide_name: number; bits: readonly Bit[] }>>;
}
export interface Netlist {
  readonly modules: Readonly<Record<string, Module>>;
}

export interface Path {
  readonly levels: number;
  /** Registers, memories or ports at both ends, without bit numbers. */
  readonly from: string;
  readonly to: string;
  /** Named signals on the way, the first after `from` first. */
  readonly via: readonly string[];
}
export interface Levels {
  readonly plain: number;
  readonly lutram: number;
  /** The longest path to each register or memory, longest first, counted through LUT RAM. */
  readonly paths: readonly Path[];
  /** A signal on each combinational loop. */
  readonly loops: readonly string[];
  readonly latches: readonly string[];
  readonly cells: number;
}

/** One way through a cell: every input bit reaches every output bit. */
interface Arc {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly levels: number;
}
interface EndPoint {
  readonly name: string;
  readonly bits: readonly number[];
}

const isRegister = (type: string): boolean =>
  /^\$_(S?DFF|ALDFF|DFFSR|FF)/.test(type) || /^\$(a|al|s)?(dff|ff)/.test(type);
const isLatch = (type: string): boolean => /^\$_?(D?LATCH|SR_)/i.test(type) || /^\$[as]?dlatch/.test(type);
const isMemory = (type: string): boolean => type.startsWith("$mem");

const signals = (bits: readonly Bit[] | undefined): number[] => (bits ?? []).filter((b) => typeof b === "number");
const toNumber = (value: string | number | undefined): number =>
  typeof value === "number" ? value : Number.parseInt(value ?? "0", 2);
const bitOf = (value: string | number | undefined, index: number): boolean =>
  typeof value === "number" ? ((value >>> index) & 1) === 1 : (value ?? "").at(-1 - index) === "1";

const lutRamLevels = (addrBits: number): number => 1 + Math.max(0, Math.ceil((addrBits - 6) / 2));

const stripBit = (name: string): string => name.replace(/ ?\[\d+\]$/, "");

export function topOf(netlist: Netlist): readonly [name: string, module: Module] {
  const top = Object.entries(netlist.modules).find(([, module]) => toNumber(module.attributes["top"]) === 1);
  if (top === undefined) throw new Error("the netlist names no top module");
  return top;
}

/** Best name of every net bit: that of a register if it has one, the one deepest in the hierarchy otherwise. */
function nameBits(module: Module): Map<number, string> {
  const names = new Map<number, string>();
  const rank = (name: string): number => name.split(".").length + (stripBit(name).endsWith("_q") ? 100 : 0);
  for (const [name, net] of Object.entries(module.netnames)) {
    if (net.hide_name === 1 || name.startsWith("$")) continue;
    net.bits.forEach((bit, index) => {
      if (typeof bit !== "number") return;
      const full = net.bits.length > 1 ? `${name}[${index}]` : name;
      const old = names.get(bit);
      if (old === undefined || rank(full) > rank(old)) names.set(bit, full);
    });
  }
  return names;
}

function longest(arcs: readonly Arc[], bitCount: number): { level: Int32Array; via: Int32Array; stuck: number[] } {
  const level = new Int32Array(bitCount);
  const via = new Int32Array(bitCount).fill(-1);
  const readers = new Map<number, number[]>();
  const waiting = new Int32Array(arcs.length);
  const driven = new Set<number>();
  for (const arc of arcs) for (const bit of arc.outputs) driven.add(bit);
  const ready: number[] = [];
  arcs.forEach((arc, index) => {
    const inputs = new Set(arc.inputs.filter((bit) => driven.has(bit)));
    waiting[index] = inputs.size;
    if (inputs.size === 0) ready.push(index);
    for (const bit of inputs) {
      const list = readers.get(bit);
      if (list === undefined) readers.set(bit, [index]);
      else list.push(index);
    }
  });
  let done = 0;
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const arc = arcs[index];
    if (arc === undefined) break;
    done++;
    let from = -1;
    let most = -1;
    for (const bit of arc.inputs) {
      const here = level[bit] ?? 0;
      if (here > most) {
        most = here;
        from = bit;
      }
    }
    for (const bit of arc.outputs) {
      level[bit] = Math.max(most, 0) + arc.levels;
      via[bit] = from;
      for (const reader of readers.get(bit) ?? []) {
        waiting[reader] = (waiting[reader] ?? 0) - 1;
        if (waiting[reader] === 0) ready.push(reader);
      }
    }
  }
  const stuck: number[] = [];
  if (done < arcs.length) {
    // Of the arcs that never became ready, keep those from which a walk back stays among them for ever: the loops.
    const blocked = new Map<number, number>();
    arcs.forEach((arc, index) => {
      if ((waiting[index] ?? 0) > 0) for (const bit of arc.outputs) blocked.set(bit, index);
    });
    const seen = new Set<number>();
    for (const start of blocked.keys()) {
      const trail = new Set<number>();
      let bit: number | undefined = start;
      while (bit !== undefined && !seen.has(bit)) {
        seen.add(bit);
        trail.add(bit);
        bit = arcs[blocked.get(bit) ?? -1]?.inputs.find((input) => blocked.has(input));
      }
      if (bit !== undefined && trail.has(bit)) stuck.push(bit);
    }
  }
  return { level, via, stuck };
}

export function analyse(netlist: Netlist, keep = 25): Levels {
  const [, module] = topOf(netlist);
  const logic: Arc[] = [];
  const lutRams: Arc[] = [];
  const ends: EndPoint[] = [];
  const latches: string[] = [];
  const sources = new Map<number, string>();
  const names = nameBits(module);
  let highest = 0;
  const note = (bits: readonly number[]): void => {
    for (const bit of bits) if (bit > highest) highest = bit;
  };

  for (const [name, cell] of Object.entries(module.cells)) {
    const inputs: number[] = [];
    const outputs: number[] = [];
    for (const [port, direction] of Object.entries(cell.port_directions)) {
      (direction === "output" ? outputs : inputs).push(...signals(cell.connections[port]));
    }
    note(inputs);
    note(outputs);
    if (isLatch(cell.type)) latches.push(names.get(outputs[0] ?? -1) ?? name);
    if (isRegister(cell.type) || isLatch(cell.type)) {
      ends.push({ name: stripBit(names.get(outputs[0] ?? -1) ?? name), bits: inputs });
    } else if (isMemory(cell.type)) {
      const memory = `${name} (memory)`;
      ends.push({ name: memory, bits: inputs });
      const ports = toNumber(cell.parameters["RD_PORTS"]);
      const addrBits = toNumber(cell.parameters["ABITS"]);
      const width = toNumber(cell.parameters["WIDTH"]);
      for (let port = 0; port < ports; port++) {
        const data = signals(cell.connections["RD_DATA"]?.slice(port * width, (port + 1) * width));
        if (bitOf(cell.parameters["RD_CLK_ENABLE"], port)) {
          for (const bit of data) sources.set(bit, memory);
        } else {
          const addr = signals(cell.connections["RD_ADDR"]?.slice(port * addrBits, (port + 1) * addrBits));
          lutRams.push({ inputs: addr, outputs: data, levels: lutRamLevels(addrBits) });
          for (const bit of data) if (!names.has(bit)) names.set(bit, memory);
        }
      }
    } else {
      logic.push({ inputs, outputs, levels: 1 });
    }
  }
  for (const [name, port] of Object.entries(module.ports)) {
    const bits = signals(port.bits);
    note(bits);
    if (port.direction === "output") ends.push({ name: `${name} (port)`, bits });
    else for (const bit of bits) sources.set(bit, `${name} (port)`);
  }

  const plain = longest(logic, highest + 1);
  const full = longest([...logic, ...lutRams], highest + 1);

  // The longest path to each end point, one entry for a register however many bits it has.
  const worst = new Map<string, number>();
  for (const end of ends) {
    for (const bit of end.bits) {
      const old = worst.get(end.name);
      if (old === undefined || (full.level[bit] ?? 0) > (full.level[old] ?? 0)) worst.set(end.name, bit);
    }
  }
  const paths = [...worst]
    .sort(([, a], [, b]) => (full.level[b] ?? 0) - (full.level[a] ?? 0))
    .slice(0, keep)
    .map(([to, last]): Path => {
      const trail: number[] = [];
      let bit = last;
      while ((full.via[bit] ?? -1) >= 0) {
        trail.push(bit);
        bit = full.via[bit] ?? -1;
      }
      const from = sources.get(bit) ?? stripBit(names.get(bit) ?? `bit ${bit}`);
      const via = trail.reverse().flatMap((b) => names.get(b) ?? []);
      return { levels: full.level[last] ?? 0, from, to, via };
    });
  const most = (level: Int32Array): number =>
    ends.reduce((sum, end) => end.bits.reduce((high, bit) => Math.max(high, level[bit] ?? 0), sum), 0);
  return {
    plain: most(plain.level),
    lutram: most(full.level),
    paths,
    loops: full.stuck.map((bit) => names.get(bit) ?? `bit ${bit}`),
    latches,
    cells: logic.length,
  };
}
