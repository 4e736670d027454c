// vnet_vendor_cfg: vendor registers: identity, build parameters, receive waiting time
// SPDX-License-Identifier: Apache-2.0
//
// A driver that knows nothing of these registers need not touch them; a driver's reset does not
// change them.
//
// Latency:       1 cycle from reg_addr to reg_rdata; a write (reg_wr) needs reg_rdata of the same
//                address.
// Throughput:    1 access in 2 cycles.
// Back-pressure: none.
// Errors:        none.
// Spec:          none; docs/registers.md.
`default_nettype none

module vnet_vendor_cfg #(
  // The parameters of vnet_top, to be read back.
  parameter integer DATA_W         = 64,
  parameter integer QUEUE_PAIRS    = 1,
  parameter integer QUEUE_SIZE_MAX = 256,
  parameter integer CHAIN_MAX      = 256,
  parameter integer FRAME_MAX      = 9216,
  parameter integer RD_OUTSTANDING = 64,
  parameter integer CHAIN_SLOTS    = 64,
  parameter integer STRICT_LAYOUT  = 0,
  parameter integer ANY_HEADER_SG  = 0,
  parameter  [31:0] RX_WAIT        = 32'hFFFFFFFF
) (
  input  wire        clk,
  input  wire        rst,

  // Register bus: reg_rdata follows the address; it is 0 for addresses outside the block.
  input  wire [15:0] reg_addr,
  input  wire        reg_wr,
  input  wire [31:0] reg_wdata,
  input  wire [3:0]  reg_wstrb,
  output reg  [31:0] reg_rdata,

  input  wire [5:0]  cfg_hdr_len,
  input  wire [15:0] sts_last_error,
  output wire [31:0] cfg_rx_wait
);

  localparam [31:0] ID      = 32'h54454E56;  // "VNET"
  localparam [31:0] VERSION = 32'h00010000;

  localparam [0:0]  STRICT  = STRICT_LAYOUT != 0;
  localparam [0:0]  ANY_SG  = ANY_HEADER_SG != 0;

  reg  [31:0] rx_wait_q;

  wire [13:0] word   = reg_addr[15:2];
  wire [31:0] merged = {reg_wstrb[3] ? reg_wdata[31:24] : reg_rdata[31:24],
                        reg_wstrb[2] ? reg_wdata[23:16] : reg_rdata[23:16],
                        reg_wstrb[1] ? reg_wdata[15:8]  : reg_rdata[15:8],
                        reg_wstrb[0] ? reg_wdata[7:0]   : reg_rdata[7:0]};

  assign cfg_rx_wait = rx_wait_q;

  always @(posedge clk) begin
    case (word)
      14'h800: reg_rdata <= ID;
      14'h801: reg_rdata <= VERSION;
      14'h802: reg_rdata <= {6'd0, ANY_SG, STRICT, QUEUE_PAIRS[7:0], DATA_W[15:0]};
      14'h803: reg_rdata <= {CHAIN_MAX[15:0], QUEUE_SIZE_MAX[15:0]};
      14'h804: reg_rdata <= {12'd0, FRAME_MAX[19:0]};
      14'h805: reg_rdata <= {CHAIN_SLOTS[15:0], RD_OUTSTANDING[15:0]};
      14'h806: reg_rdata <= {26'd0, cfg_hdr_len};
      14'h808: reg_rdata <= rx_wait_q;
      14'h809: reg_rdata <= {16'd0, sts_last_error};
      default: reg_rdata <= 32'd0;
    endcase
    if (reg_wr && (word == 14'h808)) begin
      rx_wait_q <= merged;
    end
    if (rst) begin
      rx_wait_q <= RX_WAIT;
    end
  end

  wire unused_ok = &{1'b0, reg_addr[1:0]};  // the bus is word wide

endmodule

`default_nettype wire
