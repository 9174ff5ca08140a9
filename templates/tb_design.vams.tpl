// Testbench of design.vams: random weights, random inputs; every code is compared with the integer sum it stands for.
// iverilog -gverilog-ams -o tb design.vams tb_design.vams && vvp tb    prints one line PASS or FAIL per crossbar.
`timescale 1ns/1ps
{{#crossbars}}

module tb_{{name}};
  localparam ROWS = {{n_rows}}, COLS = {{n_cols}}, BLOCKS = {{n_blocks}}, ADCS = {{n_adcs}}, BITS = {{bits}}, PER = {{cols_per_adc}};
  reg [3*ROWS-1:0] d;
  reg [ROWS-1:0] sgn;
  reg [4*ROWS-1:0] wl;
  reg [BLOCKS-1:0] bsel;
  reg [COLS-1:0] din;
  reg [6:0] phase;
  wire [ADCS*BITS-1:0] ad;
  wire [ADCS-1:0] done;
  real vref_value;
  wreal vref;
  assign vref = vref_value;
  {{name}} dut(.D(d), .SGN(sgn), .WLIN(wl), .BSEL(bsel), .AD(ad), .DONE(done), .DIN(din), .PHASE(phase), .VREF(vref));

  reg [3:0] weight [0:ROWS*COLS-1];
  reg pad [0:COLS-1];
  reg on [0:ROWS-1];
  integer seed, r, c, b, k, checked, wrong, rows_on, sum, want, got, num, den, gain;

  task write_weights;
    for (r = 0; r < ROWS; r = r + 1) begin
      for (c = 0; c < COLS; c = c + 1) weight[r*COLS+c] = $random(seed);
      for (b = 0; b < 4; b = b + 1) begin
        for (c = 0; c < COLS; c = c + 1) din[c] = weight[r*COLS+c][b];
        #1 phase[4] = 1;
        #1 wl[4*r+b] = 1;
        #1 wl[4*r+b] = 0;
        #1 phase[4] = 0;
      end
    end
  endtask

  task check(input integer odd);
    for (k = 0; k < ADCS; k = k + 1) begin
      c = k*PER + odd;
      sum = 0;
      for (r = 0; r < ROWS; r = r + 1)
        if (on[r] && !pad[c]) sum = sum + (weight[r*COLS+c][3] ^ sgn[r] ? -1 : 1) * weight[r*COLS+c][2:0] * d[3*r +: 3];
      num = sum * gain * (1 << BITS);
      den = 98 * rows_on;
      want = num / den;
      if (num < 0 && want*den != num) want = want - 1;
      if (want > (1 << (BITS-1)) - 1) want = (1 << (BITS-1)) - 1;
      if (want < -(1 << (BITS-1))) want = -(1 << (BITS-1));
      got = ad[k*BITS +: BITS] - (1 << (BITS-1));
      checked = checked + 1;
      if (got !== want || done[k] !== 1'b1) begin
        wrong = wrong + 1;
        if (wrong <= 10) $display("{{name}}: column %0d: code %0d, the sum %0d asks for %0d", c, got, sum, want);
      end
    end
  endtask

  task convert(input integer odd);
    begin
      phase[6] = 1; #5 phase[6] = 0;
      #1 phase[2+odd] = 1;
      for (b = 0; b < BITS; b = b + 1) begin #2 phase[5] = 1; #2 phase[5] = 0; end
      #1 phase[2+odd] = 0;
      check(odd);
    end
  endtask

  task operate;
    begin
      rows_on = 0;
      for (r = 0; r < ROWS; r = r + 1) if (on[r]) rows_on = rows_on + 1;
      vref_value = 14.0*{{step}}/gain;
      phase[1] = 1; #1 phase[0] = 0;
      #20 phase[1] = 0;
      #1 phase[0] = 1;
      #10 convert(0);
      if (PER > 1) convert(1);
    end
  endtask

  initial begin
    seed = 1; checked = 0; wrong = 0; gain = 1;
    wl = 0; din = 0; sgn = 0; d = 0; bsel = 0; phase = 7'b0000001; vref_value = 14.0*{{step}};
    for (c = 0; c < COLS; c = c + 1) pad[c] = 0;
{{#pads}}
    pad[{{i}}] = 1;
{{/pads}}
    write_weights;
    for (r = 0; r < ROWS; r = r + 1) begin d[3*r +: 3] = $random(seed); sgn[r] = $random(seed); on[r] = 1; end
    bsel = ~0;
    operate;
    gain = 4;
    operate;
    gain = 1;
{{#blocks}}
    // block {{i}} alone
    bsel = 0;
    bsel[{{i}}] = 1;
    for (r = 0; r < ROWS; r = r + 1) on[r] = r >= {{row0}} && r < {{row0}} + {{rows}};
    for (r = 0; r < ROWS; r = r + 1) begin d[3*r +: 3] = $random(seed); sgn[r] = $random(seed); end
    operate;
{{/blocks}}
    $display("%s {{name}}: %0d of %0d codes", wrong == 0 ? "PASS" : "FAIL", checked - wrong, checked);
  end
endmodule
{{/crossbars}}
