"""Bus models for cocotb: AXI4 memory, AXI4-Lite master, AXI4-Stream source and sink. Cycle by cycle, one coroutine for each channel group."""

from collections import deque

from cocotb.triggers import Event, RisingEdge


class Memory:
    """Guest memory: one area of bytes."""

    def __init__(self, base: int, size: int):
        self.base = base
        self.bytes = bytearray(size)

    def read(self, addr: int, length: int) -> bytes:
        at = addr - self.base
        if at < 0 or at + length > len(self.bytes):
            raise IndexError(f"read of {length} bytes at {addr:#x}: outside guest memory")
        return bytes(self.bytes[at : at + length])

    def write(self, addr: int, data: bytes) -> None:
        at = addr - self.base
        if at < 0 or at + len(data) > len(self.bytes):
            raise IndexError(f"write of {len(data)} bytes at {addr:#x}: outside guest memory")
        self.bytes[at : at + len(data)] = data


class Clocked:
    """Counts edges; models take the number of the present cycle from here."""

    def __init__(self, dut):
        self.dut = dut
        self.edge = RisingEdge(dut.clk)
        self.cycle = 0

    async def count(self):
        while True:
            await self.edge
            self.cycle += 1


class AxiMemory:
    """The AXI4 slave in front of a memory: fixed latency, one beat per cycle, any number of requests on their way."""

    def __init__(self, clocked: Clocked, memory: Memory, latency: int):
        self.clocked = clocked
        self.memory = memory
        self.latency = latency
        self.word_bytes = len(clocked.dut.m_axi_rdata) // 8

    async def serve_reads(self):
        dut, edge, word = self.clocked.dut, self.clocked.edge, self.word_bytes
        arvalid, araddr, arlen, arid = dut.m_axi_arvalid, dut.m_axi_araddr, dut.m_axi_arlen, dut.m_axi_arid
        rvalid, rdata, rid, rlast = dut.m_axi_rvalid, dut.m_axi_rdata, dut.m_axi_rid, dut.m_axi_rlast
        dut.m_axi_arready.value = 1
        dut.m_axi_rresp.value = 0
        beats = deque()
        is_valid = False
        while True:
            await edge
            now = self.clocked.cycle
            if arvalid.value:
                addr, count, axi_id = int(araddr.value) & -word, int(arlen.value) + 1, int(arid.value)
                for beat in range(count):
                    beats.append((now + self.latency, addr + word * beat, axi_id, beat == count - 1))
            # RREADY of this device is constantly 1: what was shown has moved.
            if beats and beats[0][0] <= now + 1:
                _, addr, axi_id, is_last = beats.popleft()
                rdata.value = int.from_bytes(self.memory.read(addr, word), "little")
                rid.value = axi_id
                rlast.value = is_last
                if not is_valid:
                    rvalid.value = 1
                    is_valid = True
            elif is_valid:
                rvalid.value = 0
                is_valid = False

    async def serve_writes(self):
        dut, edge, word = self.clocked.dut, self.clocked.edge, self.word_bytes
        awvalid, awaddr, awid = dut.m_axi_awvalid, dut.m_axi_awaddr, dut.m_axi_awid
        wvalid, wdata, wstrb, wlast = dut.m_axi_wvalid, dut.m_axi_wdata, dut.m_axi_wstrb, dut.m_axi_wlast
        bvalid, bid = dut.m_axi_bvalid, dut.m_axi_bid
        dut.m_axi_awready.value = 1
        dut.m_axi_wready.value = 1
        dut.m_axi_bresp.value = 0
        all_lanes = (1 << word) - 1
        bursts, words, responses = deque(), deque(), deque()
        is_valid = False
        while True:
            await edge
            now = self.clocked.cycle
            if awvalid.value:
                bursts.append((int(awaddr.value) & -word, int(awid.value)))
            if wvalid.value:
                words.append((int(wdata.value), int(wstrb.value), bool(wlast.value)))
            while bursts and words:
                addr, axi_id = bursts[0]
                data, strobes, is_last = words.popleft()
                content = data.to_bytes(word, "little")
                if strobes == all_lanes:
                    self.memory.write(addr, content)
                else:
                    for lane in range(word):
                        if strobes >> lane & 1:
                            self.memory.write(addr + lane, content[lane : lane + 1])
                bursts[0] = (addr + word, axi_id)
                if is_last:
                    bursts.popleft()
                    responses.append((now + self.latency, axi_id))
            # BREADY of this device is constantly 1.
            if responses and responses[0][0] <= now + 1:
                bid.value = responses.popleft()[1]
                if not is_valid:
                    bvalid.value = 1
                    is_valid = True
            elif is_valid:
                bvalid.value = 0
                is_valid = False


class AxiLiteMaster:
    """Register accesses, one after the other."""

    def __init__(self, clocked: Clocked):
        self.clocked = clocked
        dut = clocked.dut
        for name in ("awvalid", "wvalid", "arvalid", "awprot", "arprot"):
            getattr(dut, f"s_axil_{name}").value = 0
        dut.s_axil_bready.value = 1
        dut.s_axil_rready.value = 1

    async def write(self, offset: int, value: int, size: int) -> None:
        dut, edge = self.clocked.dut, self.clocked.edge
        lane = offset & 3
        dut.s_axil_awaddr.value = offset & ~3
        dut.s_axil_wdata.value = (value << 8 * lane) & 0xFFFFFFFF
        dut.s_axil_wstrb.value = ((1 << size) - 1) << lane
        dut.s_axil_awvalid.value = 1
        dut.s_axil_wvalid.value = 1
        pending = {"aw", "w"}
        while pending:
            await edge
            for channel in tuple(pending):
                if getattr(dut, f"s_axil_{channel}ready").value:
                    getattr(dut, f"s_axil_{channel}valid").value = 0
                    pending.discard(channel)
        while not dut.s_axil_bvalid.value:
            await edge
        await edge

    async def read(self, offset: int, size: int) -> int:
        dut, edge = self.clocked.dut, self.clocked.edge
        dut.s_axil_araddr.value = offset & ~3
        dut.s_axil_arvalid.value = 1
        while True:
            await edge
            if dut.s_axil_arready.value:
                break
        dut.s_axil_arvalid.value = 0
        while not dut.s_axil_rvalid.value:
            await edge
        data = int(dut.s_axil_rdata.value)
        await edge
        return data >> 8 * (offset & 3) & ((1 << 8 * size) - 1)


class StreamSource:
    """Sends frames into the device without a gap."""

    def __init__(self, clocked: Clocked):
        self.clocked = clocked
        self.frames = deque()
        self.word_bytes = len(clocked.dut.s_axis_rx_tdata) // 8

    async def run(self):
        dut, edge, word = self.clocked.dut, self.clocked.edge, self.word_bytes
        tdata, tkeep, tvalid = dut.s_axis_rx_tdata, dut.s_axis_rx_tkeep, dut.s_axis_rx_tvalid
        tlast, tready = dut.s_axis_rx_tlast, dut.s_axis_rx_tready
        dut.s_axis_rx_tdest.value = 0
        dut.s_axis_rx_tuser.value = 0
        tvalid.value = 0
        while True:
            if not self.frames:
                await edge
                continue
            frame = self.frames.popleft()
            tvalid.value = 1
            for at in range(0, len(frame), word):
                part = frame[at : at + word]
                tdata.value = int.from_bytes(part, "little")
                tkeep.value = (1 << len(part)) - 1
                tlast.value = at + word >= len(frame)
                await edge
                while not tready.value:
                    await edge
            if not self.frames:
                tvalid.value = 0


class StreamSink:
    """Takes frames from the device, always ready."""

    def __init__(self, clocked: Clocked, on_frame):
        self.clocked = clocked
        self.on_frame = on_frame
        self.count = 0
        self.seen = Event()

    async def run(self):
        dut, edge = self.clocked.dut, self.clocked.edge
        tdata, tkeep, tvalid, tlast = dut.m_axis_tx_tdata, dut.m_axis_tx_tkeep, dut.m_axis_tx_tvalid, dut.m_axis_tx_tlast
        word = len(tdata) // 8
        dut.m_axis_tx_tready.value = 1
        frame = bytearray()
        while True:
            await edge
            if not tvalid.value:
                continue
            part = int(tdata.value).to_bytes(word, "little")
            if tlast.value:
                frame += part[: int(tkeep.value).bit_count()]
                self.on_frame(self.count, bytes(frame))
                self.count += 1
                frame.clear()
            else:
                frame += part
