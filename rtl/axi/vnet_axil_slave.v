// vnet_axil_slave: AXI4-Lite slave that turns both directions into one register bus
// SPDX-License-Identifier: Apache-2.0
//
// Address and data of a write may come in any order; each has its own place. One write and one read
// can wait; they are carried out one after the other, in turn when both wait. An access on the
// register bus is a pulse of m_reg_en; write, address, data and strobes stay stable until the
// answer, a pulse of m_reg_done with m_reg_rdata, which may come in any later cycle.
//
// Latency:       2 cycles from the last handshake of a request to m_reg_en, 1 from m_reg_done to
//                BVALID or RVALID.
// Throughput:    1 access in 4 cycles plus the time of the register bus.
// Back-pressure: all readys are registers.
// Errors:        none; every access is answered OKAY, awprot and arprot are not looked at.
// Spec:          AMBA AXI4-Lite.
`default_nettype none

module vnet_axil_slave #(
  // Address width in bits.
  parameter integer ADDR_W = 16
) (
  input  wire              clk,
  input  wire              rst,

  input  wire [ADDR_W-1:0] s_axil_awaddr,
  input  wire [2:0]        s_axil_awprot,
  input  wire              s_axil_awvalid,
  output wire              s_axil_awready,
  input  wire [31:0]       s_axil_wdata,
  input  wire [3:0]        s_axil_wstrb,
  input  wire              s_axil_wvalid,
  output wire              s_axil_wready,
  output wire [1:0]        s_axil_bresp,
  output wire              s_axil_bvalid,
  input  wire              s_axil_bready,
  input  wire [ADDR_W-1:0] s_axil_araddr,
  input  wire [2:0]        s_axil_arprot,
  input  wire              s_axil_arvalid,
  output wire              s_axil_arready,
  output wire [31:0]       s_axil_rdata,
  output wire [1:0]        s_axil_rresp,
  output wire              s_axil_rvalid,
  input  wire              s_axil_rready,

  output wire              m_reg_en,
  output wire              m_reg_write,
  output wire [ADDR_W-1:0] m_reg_addr,
  output wire [31:0]       m_reg_wdata,
  output wire [3:0]        m_reg_wstrb,
  input  wire              m_reg_done,
  input  wire [31:0]       m_reg_rdata
);

  // Places for a waiting request. The readys start low, so that nothing is taken before the first
  // reset has ended.
  reg              aw_ready_q;
  reg              aw_full_q;
  reg [ADDR_W-1:0] aw_addr_q;
  reg              w_ready_q;
  reg              w_full_q;
  reg [31:0]       w_data_q;
  reg [3:0]        w_strb_q;
  reg              ar_ready_q;
  reg              ar_full_q;
  reg [ADDR_W-1:0] ar_addr_q;

  // The access in progress.
  reg              busy_q;
  reg              en_q;
  reg              write_q;
  reg [ADDR_W-1:0] addr_q;
  reg [31:0]       wdata_q;
  reg [3:0]        wstrb_q;

  reg              b_valid_q;
  reg              r_valid_q;
  reg [31:0]       r_data_q;

  wire aw_beat = s_axil_awvalid && aw_ready_q;
  wire w_beat  = s_axil_wvalid && w_ready_q;
  wire ar_beat = s_axil_arvalid && ar_ready_q;

  // An access starts only when the place of its answer is free.
  wire can_write = aw_full_q && w_full_q && !b_valid_q;
  wire can_read  = ar_full_q && !r_valid_q;
  // write_q is the direction of the access before: the other one goes first.
  wire do_write  = !busy_q && can_write && !(can_read && write_q);
  wire do_read   = !busy_q && can_read && !(can_write && !write_q);

  wire aw_full_d = (aw_full_q && !do_write) || aw_beat;
  wire w_full_d  = (w_full_q && !do_write) || w_beat;
  wire ar_full_d = (ar_full_q && !do_read) || ar_beat;

  assign s_axil_awready = aw_ready_q;
  assign s_axil_wready  = w_ready_q;
  assign s_axil_arready = ar_ready_q;
  assign s_axil_bvalid  = b_valid_q;
  assign s_axil_bresp   = 2'b00;
  assign s_axil_rvalid  = r_valid_q;
  assign s_axil_rresp   = 2'b00;
  assign s_axil_rdata   = r_data_q;

  assign m_reg_en    = en_q;
  assign m_reg_write = write_q;
  assign m_reg_addr  = addr_q;
  assign m_reg_wdata = wdata_q;
  assign m_reg_wstrb = wstrb_q;

  // Protection bits: the device has no privileged registers.
  wire unused_ok = &{1'b0, s_axil_awprot, s_axil_arprot};

  always @(posedge clk) begin
    aw_full_q  <= aw_full_d;
    w_full_q   <= w_full_d;
    ar_full_q  <= ar_full_d;
    aw_ready_q <= !aw_full_d;
    w_ready_q  <= !w_full_d;
    ar_ready_q <= !ar_full_d;
    if (aw_beat) begin
      aw_addr_q <= s_axil_awaddr;
    end
    if (w_beat) begin
      w_data_q <= s_axil_wdata;
      w_strb_q <= s_axil_wstrb;
    end
    if (ar_beat) begin
      ar_addr_q <= s_axil_araddr;
    end

    en_q <= do_write || do_read;
    if (do_write || do_read) begin
      busy_q  <= 1'b1;
      write_q <= do_write;
      addr_q  <= do_write ? aw_addr_q : ar_addr_q;
      wdata_q <= w_data_q;
      wstrb_q <= do_write ? w_strb_q : 4'd0;
    end else if (m_reg_done) begin
      busy_q <= 1'b0;
    end

    if (m_reg_done && write_q) begin
      b_valid_q <= 1'b1;
    end else if (s_axil_bready) begin
      b_valid_q <= 1'b0;
    end
    if (m_reg_done && !write_q) begin
      r_valid_q <= 1'b1;
    end else if (s_axil_rready) begin
      r_valid_q <= 1'b0;
    end
    // The data must not move while an answer waits; m_reg_done cannot come for a second read before
    // that.
    if (m_reg_done && !write_q) begin
      r_data_q <= m_reg_rdata;
    end

    if (rst) begin
      aw_full_q  <= 1'b0;
      w_full_q   <= 1'b0;
      ar_full_q  <= 1'b0;
      aw_ready_q <= 1'b0;
      w_ready_q  <= 1'b0;
      ar_ready_q <= 1'b0;
      en_q       <= 1'b0;
      busy_q     <= 1'b0;
      write_q    <= 1'b0;
      b_valid_q  <= 1'b0;
      r_valid_q  <= 1'b0;
    end
  end

endmodule

`default_nettype wire
