// vnet_axil_slave_props: AXI4-Lite rules, and every access is carried out once with its own address and data
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module vnet_axil_slave_props #(
  parameter integer ADDR_W = 8
) (
  input wire              clk,
  input wire              rst,
  input wire [ADDR_W-1:0] awaddr,
  input wire [2:0]        awprot,
  input wire              awvalid,
  input wire [31:0]       wdata,
  input wire [3:0]        wstrb,
  input wire              wvalid,
  input wire              bready,
  input wire [ADDR_W-1:0] araddr,
  input wire [2:0]        arprot,
  input wire              arvalid,
  input wire              rready,
  input wire              reg_done,
  input wire [31:0]       reg_rdata
);

  wire              awready;
  wire              wready;
  wire [1:0]        bresp;
  wire              bvalid;
  wire              arready;
  wire [31:0]       rdata;
  wire [1:0]        rresp;
  wire              rvalid;
  wire              reg_en;
  wire              reg_write;
  wire [ADDR_W-1:0] reg_addr;
  wire [31:0]       reg_wdata;
  wire [3:0]        reg_wstrb;

  vnet_axil_slave #(
    .ADDR_W(ADDR_W)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .s_axil_awaddr (awaddr),
    .s_axil_awprot (awprot),
    .s_axil_awvalid(awvalid),
    .s_axil_awready(awready),
    .s_axil_wdata  (wdata),
    .s_axil_wstrb  (wstrb),
    .s_axil_wvalid (wvalid),
    .s_axil_wready (wready),
    .s_axil_bresp  (bresp),
    .s_axil_bvalid (bvalid),
    .s_axil_bready (bready),
    .s_axil_araddr (araddr),
    .s_axil_arprot (arprot),
    .s_axil_arvalid(arvalid),
    .s_axil_arready(arready),
    .s_axil_rdata  (rdata),
    .s_axil_rresp  (rresp),
    .s_axil_rvalid (rvalid),
    .s_axil_rready (rready),
    .m_reg_en      (reg_en),
    .m_reg_write   (reg_write),
    .m_reg_addr    (reg_addr),
    .m_reg_wdata   (reg_wdata),
    .m_reg_wstrb   (reg_wstrb),
    .m_reg_done    (reg_done),
    .m_reg_rdata   (reg_rdata)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  wire [7:0] aw_open;
  wire [7:0] w_open;
  wire [7:0] ar_open;

  axil_rules #(
    .ADDR_W(ADDR_W)
  ) u_axil (
    .clk(clk), .rst(rst),
    .awaddr(awaddr), .awvalid(awvalid), .awready(awready),
    .wdata(wdata), .wstrb(wstrb), .wvalid(wvalid), .wready(wready),
    .bresp(bresp), .bvalid(bvalid), .bready(bready),
    .araddr(araddr), .arvalid(arvalid), .arready(arready),
    .rdata(rdata), .rresp(rresp), .rvalid(rvalid), .rready(rready),
    .aw_open(aw_open), .w_open(w_open), .ar_open(ar_open)
  );

  // ---- The register bus: one access at a time; done comes once for each, in any cycle from the pulse on.

  reg              busy_q;
  reg              was_write_q;
  reg [ADDR_W-1:0] addr_q;
  reg [35:0]       data_q;

  wire open  = busy_q || reg_en;
  wire write = reg_en ? reg_write : was_write_q;

  always @(posedge clk) begin
    busy_q <= open && !reg_done;
    if (reg_en) begin
      was_write_q <= reg_write;
      addr_q      <= reg_addr;
      data_q      <= {reg_wdata, reg_wstrb};
    end
    if (rst) begin
      busy_q <= 1'b0;
    end
  end

  // ---- Every access has the address, data and strobes of its request, every answer the data of its access.

  wire [3:0]         n_aw;
  wire [3:0]         n_w;
  wire [3:0]         n_ar;
  wire [3:0]         n_r;
  wire [3:0]         n_b;
  wire [ADDR_W+4:0]  mark_aw;
  wire [40:0]        mark_w;
  wire [ADDR_W+4:0]  mark_ar;
  wire [36:0]        mark_r;
  wire [5:0]         mark_b;

  follow_word #(.W(ADDR_W), .LEVEL_W(4)) write_addresses (
    .clk(clk), .rst(rst), .in_fire(awvalid && awready), .in_data(awaddr),
    .out_valid(reg_en && reg_write), .out_ready(1'b1), .out_data(reg_addr), .level(n_aw), .mark(mark_aw)
  );
  follow_word #(.W(36), .LEVEL_W(4)) write_data (
    .clk(clk), .rst(rst), .in_fire(wvalid && wready), .in_data({wdata, wstrb}),
    .out_valid(reg_en && reg_write), .out_ready(1'b1), .out_data({reg_wdata, reg_wstrb}),
    .level(n_w), .mark(mark_w)
  );
  follow_word #(.W(ADDR_W), .LEVEL_W(4)) read_addresses (
    .clk(clk), .rst(rst), .in_fire(arvalid && arready), .in_data(araddr),
    .out_valid(reg_en && !reg_write), .out_ready(1'b1), .out_data(reg_addr), .level(n_ar), .mark(mark_ar)
  );
  follow_word #(.W(32), .LEVEL_W(4)) read_answers (
    .clk(clk), .rst(rst), .in_fire(open && !write && reg_done), .in_data(reg_rdata),
    .out_valid(rvalid), .out_ready(rready), .out_data(rdata), .level(n_r), .mark(mark_r)
  );
  follow_word #(.W(1), .LEVEL_W(4)) write_answers (
    .clk(clk), .rst(rst), .in_fire(open && write && reg_done), .in_data(1'b0),
    .out_valid(bvalid), .out_ready(bready), .out_data(1'b0), .level(n_b), .mark(mark_b)
  );

  (* hierconn *) wire              \dut.aw_full_q ;
  (* hierconn *) wire              \dut.w_full_q ;
  (* hierconn *) wire              \dut.ar_full_q ;
  (* hierconn *) wire [ADDR_W-1:0] \dut.aw_addr_q ;
  (* hierconn *) wire [ADDR_W-1:0] \dut.ar_addr_q ;
  (* hierconn *) wire [31:0]       \dut.w_data_q ;
  (* hierconn *) wire [3:0]        \dut.w_strb_q ;
  (* hierconn *) wire              \dut.busy_q ;

  wire [3:0] aw_m;
  wire [3:0] aw_n;
  wire [3:0] w_m;
  wire [3:0] w_n;
  wire [3:0] ar_m;
  wire [3:0] ar_n;
  wire [5:0] ok;

  holds_word #(.W(ADDR_W), .LEVEL_W(4)) u_aw0 (
    .valid(reg_en && reg_write), .data(reg_addr), .mark(mark_aw), .before(4'd0), .after(aw_m), .ok(ok[0])
  );
  holds_word #(.W(ADDR_W), .LEVEL_W(4)) u_aw1 (
    .valid(\dut.aw_full_q ), .data(\dut.aw_addr_q ), .mark(mark_aw), .before(aw_m), .after(aw_n), .ok(ok[1])
  );
  holds_word #(.W(36), .LEVEL_W(4)) u_w0 (
    .valid(reg_en && reg_write), .data({reg_wdata, reg_wstrb}), .mark(mark_w), .before(4'd0), .after(w_m), .ok(ok[2])
  );
  holds_word #(.W(36), .LEVEL_W(4)) u_w1 (
    .valid(\dut.w_full_q ), .data({\dut.w_data_q , \dut.w_strb_q }), .mark(mark_w), .before(w_m), .after(w_n), .ok(ok[3])
  );
  holds_word #(.W(ADDR_W), .LEVEL_W(4)) u_ar0 (
    .valid(reg_en && !reg_write), .data(reg_addr), .mark(mark_ar), .before(4'd0), .after(ar_m), .ok(ok[4])
  );
  holds_word #(.W(ADDR_W), .LEVEL_W(4)) u_ar1 (
    .valid(\dut.ar_full_q ), .data(\dut.ar_addr_q ), .mark(mark_ar), .before(ar_m), .after(ar_n), .ok(ok[5])
  );

  always @* begin
    assume(!reg_done || open);
    if (!rst) begin
      one_access_at_a_time: assert(!(busy_q && reg_en));
      access_stays: assert(!busy_q || ((reg_write == was_write_q) && (reg_addr == addr_q) &&
                                       (!reg_write || ({reg_wdata, reg_wstrb} == data_q))));
      read_writes_nothing: assert(!open || reg_write || (reg_wstrb == 4'd0));
      all_okay: assert((bresp == 2'b00) && (rresp == 2'b00));
      inv_levels: assert((n_aw == aw_n) && (n_w == w_n) && (n_ar == ar_n) && (n_r == rvalid) && (n_b == bvalid));
      inv_places: assert(ok == 6'h3f);
      inv_busy: assert((\dut.busy_q == open) && (!reg_en || \dut.busy_q ));
      inv_read: assert(!mark_r[36] || (rdata == mark_r[35:4]));
      inv_open_writes: assert((aw_open == \dut.aw_full_q + (open && write) + bvalid) &&
                              (w_open == \dut.w_full_q + (open && write) + bvalid));
      inv_open_reads: assert(ar_open == \dut.ar_full_q + (open && !write) + rvalid);
      inv_place_for_answer: assert(!(open && write && bvalid) && !(open && !write && rvalid));
      inv_ready: assert(!(awready && \dut.aw_full_q ) && !(wready && \dut.w_full_q ) && !(arready && \dut.ar_full_q ));
      data_before_address: cover(n_w == 4'd1 && n_aw == 4'd0 && bvalid);
      both_wait: cover(\dut.aw_full_q && \dut.w_full_q && \dut.ar_full_q && open);
      read_answered: cover(rvalid && (rdata == 32'h12345678) && rready && mark_r[36]);
    end
  end

endmodule

`default_nettype wire
