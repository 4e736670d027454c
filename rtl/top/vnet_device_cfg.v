// vnet_device_cfg: device configuration space of the network device, and its generation
// SPDX-License-Identifier: Apache-2.0
//
// Follows the inputs of the board, one cycle later, and says when a field changed. The MTU is the
// exception: it is taken over only while the driver has not begun (cfg_idle), because it must not
// change once a driver may have read it. It is kept within 68 and what FRAME_MAX can carry.
//
// The generation counts a change only if something was read since the change before. So it cannot
// wrap within the few reads that a driver makes between two looks at it, however often the inputs
// move.
//
// Latency:       1 cycle from reg_addr to reg_rdata.
// Throughput:    1 read per cycle.
// Back-pressure: none.
// Errors:        none.
// Spec:          virtio 1.4, "Device configuration layout" of the network device, "Device
//                Configuration Space".
`default_nettype none

module vnet_device_cfg #(
  // Queue pairs, shown as max_virtqueue_pairs.
  parameter integer QUEUE_PAIRS = 1,
  // Longest frame in bytes; bounds the MTU.
  parameter integer FRAME_MAX   = 9216
) (
  input  wire        clk,
  input  wire        rst,

  // Register bus: reg_rdata follows the address; it is 0 for addresses outside the block.
  input  wire [15:0] reg_addr,
  output reg  [31:0] reg_rdata,
  // A read of a device configuration field or of the generation is going on.
  input  wire        reg_look,

  input  wire [47:0] cfg_mac,
  input  wire [15:0] cfg_mtu,
  input  wire        cfg_link_up,
  // The device status is 0.
  input  wire        cfg_idle,

  // The driver took the MTU: no received frame may be longer than cfg_rx_max bytes.
  input  wire        cfg_mtu_valid,
  output wire [16:0] cfg_rx_max,
  output wire [7:0]  sts_generation,
  // A field changed.
  output wire        evt_change
);

  // Ethernet header and one VLAN tag come on top of the MTU.
  localparam integer MTU_LIMIT = (FRAME_MAX - 18 > 65535) ? 65535 : (FRAME_MAX - 18);
  localparam [15:0]  MTU_MAX   = MTU_LIMIT[15:0];
  localparam [15:0]  MTU_MIN   = 16'd68;
  localparam [15:0]  PAIRS     = QUEUE_PAIRS[15:0];

  vnet_param_check #(.OK(FRAME_MAX >= 86)) u_frame_max_must_carry_an_mtu_of_68 ();

  // Inputs, then the values the driver sees.
  reg [47:0] mac_in_q;
  reg [15:0] mtu_in_q;
  reg        link_in_q;
  reg [47:0] mac_q;
  reg [15:0] mtu_q;
  reg        link_q;

  reg [7:0]  generation_q;
  reg        seen_q;         // something was read since the last counted change
  reg        started_q;      // 1 after the first load, which is no change
  reg        change_q;
  reg [16:0] rx_max_q;

  wire change = started_q && ((mac_in_q != mac_q) || (mtu_in_q != mtu_q) || (link_in_q != link_q));

  assign cfg_rx_max     = rx_max_q;
  assign sts_generation = generation_q;
  assign evt_change     = change_q;

  always @(posedge clk) begin
    mac_in_q  <= cfg_mac;
    link_in_q <= cfg_link_up;
    if (cfg_idle) begin
      mtu_in_q <= (cfg_mtu < MTU_MIN) ? MTU_MIN : (cfg_mtu > MTU_MAX) ? MTU_MAX : cfg_mtu;
    end

    mac_q     <= mac_in_q;
    mtu_q     <= mtu_in_q;
    link_q    <= link_in_q;
    started_q <= 1'b1;
    change_q  <= change;
    rx_max_q  <= cfg_mtu_valid ? ({1'b0, mtu_q} + 17'd18) : 17'h1FFFF;
    // A read that is going on may return the old value: it counts as having seen it.
    if (change && (seen_q || reg_look)) begin
      generation_q <= generation_q + 8'd1;
    end
    seen_q <= reg_look || (seen_q && !change);

    case (reg_addr[15:2])
      14'h080: reg_rdata <= mac_q[31:0];                        // mac, bytes 0..3
      14'h081: reg_rdata <= {15'd0, link_q, mac_q[47:32]};      // mac, bytes 4..5; status
      14'h082: reg_rdata <= {mtu_q, PAIRS};                     // max_virtqueue_pairs; mtu
      default: reg_rdata <= 32'd0;
    endcase

    if (rst) begin
      generation_q <= 8'd0;
      seen_q       <= 1'b0;
      change_q     <= 1'b0;
      started_q    <= 1'b0;
    end
  end

  wire unused_ok = &{1'b0, reg_addr[1:0]};  // the bus is word wide

endmodule

`default_nettype wire
