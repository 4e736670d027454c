"""The scenario of bench/speed as a cocotb test: frames out and frames in at the same time, every byte checked.

The driver does what the one in TypeScript does: header inline, event index, rings kept full, a look at the rings every so many cycles.
"""

import json
import os
import time

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from models import AxiLiteMaster, AxiMemory, Clocked, Memory, StreamSink, StreamSource
from scenario import SCENARIO, frame_of

HEADER_BYTES = 12
QUEUE_SIZE = 256
LOOK_CYCLES = 4000
BASE = 0x40000000
# VERSION_1, EVENT_IDX, MRG_RXBUF
FEATURES = 1 << 32 | 1 << 29 | 1 << 15
DESC_WRITE = 2


class Ring:
    """One split virtqueue with a buffer of fixed place for each descriptor."""

    def __init__(self, memory: Memory, base: int, buffer_bytes: int, is_rx: bool):
        self.memory = memory
        self.desc, self.avail, self.used = base, base + 0x1000, base + 0x2000
        self.buffers = [base + 0x10000 + 2048 * i for i in range(QUEUE_SIZE)]
        self.buffer_bytes = buffer_bytes
        self.is_rx = is_rx
        self.avail_idx = 0
        self.used_idx = 0
        # No interrupts: the event index stays half the number space ahead.
        self.arm()

    def arm(self) -> None:
        event = (self.used_idx + 0x8000) & 0xFFFF
        self.memory.write(self.avail + 4 + 2 * QUEUE_SIZE, event.to_bytes(2, "little"))

    def post(self, packet: bytes | None) -> None:
        """Gives the next buffer to the device, with a packet in it or empty."""
        slot = self.avail_idx % QUEUE_SIZE
        if packet is not None:
            self.memory.write(self.buffers[slot], packet)
        length = self.buffer_bytes if packet is None else len(packet)
        descriptor = (
            self.buffers[slot].to_bytes(8, "little")
            + length.to_bytes(4, "little")
            + (DESC_WRITE if self.is_rx else 0).to_bytes(2, "little")
            + bytes(2)
        )
        self.memory.write(self.desc + 16 * slot, descriptor)
        self.memory.write(self.avail + 4 + 2 * slot, slot.to_bytes(2, "little"))
        self.avail_idx += 1

    @property
    def room(self) -> int:
        return QUEUE_SIZE - (self.avail_idx - self.used_idx)

    def publish(self, before: int) -> bool:
        """Moves the available index; says whether the device wants to be told."""
        self.memory.write(self.avail + 2, (self.avail_idx & 0xFFFF).to_bytes(2, "little"))
        event = int.from_bytes(self.memory.read(self.used + 4 + 8 * QUEUE_SIZE, 2), "little")
        return ((self.avail_idx - event - 1) & 0xFFFF) < ((self.avail_idx - before) & 0xFFFF)

    def collect(self):
        """The buffers that came back: slot and written length."""
        target = int.from_bytes(self.memory.read(self.used + 2, 2), "little")
        while self.used_idx & 0xFFFF != target:
            entry = self.memory.read(self.used + 4 + 8 * (self.used_idx % QUEUE_SIZE), 8)
            yield int.from_bytes(entry[:4], "little"), int.from_bytes(entry[4:], "little")
            self.used_idx += 1
        self.arm()


@cocotb.test()
async def frames_both_ways(dut):
    count = SCENARIO["frames_each_way"]
    tx_frames = [frame_of(n, "tx") for n in range(count)]
    rx_frames = [frame_of(n, "rx") for n in range(count)]

    def check_frame(n: int, frame: bytes) -> None:
        assert frame == tx_frames[n], f"frame {n} left the device with wrong bytes"

    dut.aresetn.value = 0
    dut.cfg_mac.value = 0x563412005452
    dut.cfg_mtu.value = 9000
    dut.cfg_link_up.value = 1
    dut.cfg_msix_enable.value = 1
    dut.irq_ready.value = 1
    dut.m_axi_rvalid.value = 0
    dut.m_axi_bvalid.value = 0
    memory = Memory(BASE, 4 << 20)
    clocked = Clocked(dut)
    axi = AxiMemory(clocked, memory, SCENARIO["latency"])
    source = StreamSource(clocked)
    sink = StreamSink(clocked, check_frame)
    registers = AxiLiteMaster(clocked)
    Clock(dut.clk, 4, unit="ns").start()
    for task in (clocked.count(), axi.serve_reads(), axi.serve_writes(), source.run(), sink.run()):
        cocotb.start_soon(task)
    await ClockCycles(dut.clk, 5)
    dut.aresetn.value = 1
    await ClockCycles(dut.clk, 5)

    rx = Ring(memory, BASE, SCENARIO["rx_buffer_bytes"], True)
    tx = Ring(memory, BASE + (1 << 20), 0, False)
    await set_up(registers, (rx, tx))

    cycle, cpu, wall = clocked.cycle, time.process_time(), time.perf_counter()
    source.frames.extend(rx_frames)
    sent = received = returned = 0
    while received < count or returned < count or sink.count < count:
        for queue, ring in enumerate((rx, tx)):
            before = ring.avail_idx
            for _ in range(ring.room):
                if ring is rx:
                    ring.post(None)
                elif sent < count:
                    ring.post(bytes(HEADER_BYTES) + tx_frames[sent])
                    sent += 1
            if ring.avail_idx != before and ring.publish(before):
                await registers.write(0x1000 + 4 * queue, queue, 2)
        await ClockCycles(dut.clk, LOOK_CYCLES)
        for slot, length in tx.collect():
            assert (slot, length) == (returned % QUEUE_SIZE, 0), f"transmit chain {returned} came back as {slot}, {length}"
            returned += 1
        for slot, length in rx.collect():
            packet = memory.read(rx.buffers[slot], length)
            assert packet[HEADER_BYTES:] == rx_frames[received], f"received frame {received} has wrong bytes"
            received += 1
    result = {
        "cycles": clocked.cycle - cycle,
        "frames": 2 * count,
        "cpuSeconds": time.process_time() - cpu,
        "wallSeconds": time.perf_counter() - wall,
    }
    with open(os.environ["RESULT"], "w", encoding="utf-8") as file:
        json.dump(result, file)


async def set_up(registers: AxiLiteMaster, rings) -> None:
    """Resets the device, negotiates, and tells it about the queues."""
    await registers.write(0x14, 0, 1)
    while await registers.read(0x14, 1) != 0:
        pass
    await registers.write(0x14, 1 | 2, 1)
    for window in range(2):
        await registers.write(0x08, window, 4)
        await registers.write(0x0C, FEATURES >> 32 * window & 0xFFFFFFFF, 4)
    await registers.write(0x14, 1 | 2 | 8, 1)
    assert await registers.read(0x14, 1) & 8, "the device refuses the features"
    for queue, ring in enumerate(rings):
        await registers.write(0x16, queue, 2)
        await registers.write(0x18, QUEUE_SIZE, 2)
        await registers.write(0x1A, 0xFFFF, 2)
        for offset, addr in ((0x20, ring.desc), (0x28, ring.avail), (0x30, ring.used)):
            await registers.write(offset, addr & 0xFFFFFFFF, 4)
            await registers.write(offset + 4, addr >> 32, 4)
        await registers.write(0x1C, 1, 2)
    await registers.write(0x14, 1 | 2 | 4 | 8, 1)
