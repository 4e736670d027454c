// vnet_hdr_insert: puts the virtio header in front of a received frame
// SPDX-License-Identifier: Apache-2.0
//
// For each plan it sends the header as one window (on a narrow bus as several), then the words of
// the frame as they come from the store. The realigner behind it makes dense words of them. A
// frame that was refused is read from the store and thrown away.
//
//   8-byte bus, cfg_hdr_len = 12:   h h h h h h h h | h h h h . . . . | f f f f f f f f | f f ...
//
// The fields of the header come with the plan; num_buffers (bytes 10 and 11) is put in here,
// because it is a result of the planning.
//
// Latency:       1 cycle.
// Throughput:    1 window per cycle, frames back to back: a frame of W words takes W windows and
//                those of the header.
// Back-pressure: the readys of the inputs depend on registers of this module and on m_ready.
// Errors:        none.
// Spec:          virtio 1.4, "Network Device / Device Operation": struct virtio_net_hdr,
//                num_buffers.
`default_nettype none

module vnet_hdr_insert #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W = 64,
  // Derived: width of a byte count. Do not set.
  parameter integer CNT_W  = $clog2(DATA_W / 8) + 1
) (
  input  wire              clk,
  input  wire              rst,

  // Header length in bytes, 1..32.
  input  wire [5:0]        cfg_hdr_len,

  // One plan per frame of the store.
  input  wire              s_plan_valid,
  output wire              s_plan_ready,
  input  wire              s_plan_discard,
  input  wire [15:0]       s_plan_buffers,
  input  wire [255:0]      s_plan_hdr,

  // Words of the frames.
  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [CNT_W-1:0]  s_cnt,
  input  wire              s_last,

  // Windows; the first lane is always 0.
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [CNT_W-1:0]  m_cnt,
  output wire              m_last
);

  localparam integer BYTES = DATA_W / 8;
  // Bus words that a header of 32 bytes takes.
  localparam integer PARTS = (BYTES < 32) ? 32 / BYTES : 1;

  reg                body_q;         // the header has left, the words of the frame follow
  reg  [1:0]         part_q;         // word of the header that leaves next
  wire               out_ready;

  wire [255:0]       hdr = {s_plan_hdr[255:96], s_plan_buffers, s_plan_hdr[79:0]};
  wire [DATA_W-1:0]  part_data;
  wire [5:0]         part_left;      // header bytes from this part on
  wire               part_end = {1'b0, part_left} <= BYTES[6:0];
  wire [CNT_W-1:0]   part_cnt;

  generate
    if (PARTS > 1) begin : g_parts
      assign part_data = hdr[DATA_W*part_q[$clog2(PARTS)-1:0] +: DATA_W];
      assign part_left = cfg_hdr_len - ({4'd0, part_q} << $clog2(BYTES));
      assign part_cnt  = part_end ? part_left[CNT_W-1:0] : BYTES[CNT_W-1:0];
    end else if (DATA_W == 256) begin : g_exact
      assign part_data = hdr;
      assign part_left = cfg_hdr_len;
      assign part_cnt  = cfg_hdr_len;
    end else begin : g_whole
      assign part_data = {{(DATA_W - 256){1'b0}}, hdr};
      assign part_left = cfg_hdr_len;
      assign part_cnt  = {{(CNT_W - 6){1'b0}}, cfg_hdr_len};
    end
  endgenerate

  // The frame's words move in the body and while a frame is thrown away.
  wire pass     = body_q && !s_plan_discard;
  wire send_hdr = s_plan_valid && !body_q && !s_plan_discard;
  wire sink     = s_plan_valid && s_plan_discard;

  assign s_ready      = sink || (pass && out_ready);
  assign s_plan_ready = s_valid && s_last && s_ready;

  vnet_reg #(
    .W(DATA_W + CNT_W + 1)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(send_hdr || (pass && s_valid)),
    .s_ready(out_ready),
    .s_data ({body_q ? s_data : part_data, body_q ? s_cnt : part_cnt, body_q && s_last}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_data, m_cnt, m_last})
  );

  always @(posedge clk) begin
    if (send_hdr && out_ready) begin
      body_q <= part_end;
      part_q <= part_end ? 2'd0 : part_q + 2'd1;
    end
    if (pass && s_valid && s_last && out_ready) begin
      body_q <= 1'b0;
    end
    if (rst) begin
      body_q <= 1'b0;
      part_q <= 2'd0;
    end
  end

  wire unused_ok = &{1'b0, s_plan_hdr[95:80]};

endmodule

`default_nettype wire
