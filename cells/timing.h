/*
 * Phases of one operation of a crossbar, in seconds. Characterisation and co-simulation both run the cells with these.
 *
 *            t_sample        gap   t_eval       t_start  t_select  bits × t_clk
 *   RST   ‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾\______________________________________________________
 *   EVAL  ____________________/‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾
 *   START _______________________________/‾‾‾‾‾‾‾‾‾\___________________________
 *   SELA  __________________________________________/‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾   then START, SELB for the odd column
 *   CLK   ______________________________________________________/‾\_/‾\_/‾\_…
 *
 * Data (D, SGN) change while EVAL is high. START may overlap the evaluation; SELA and SELB are low while START is high,
 * because it ties the converter's input to VCM.
 */
#ifndef CELLS_TIMING_H
#define CELLS_TIMING_H

/* Row and column settle to 20 µV of 280 mV (10 time constants): row 0.2 ns at 22 nm, 0.6 ns at 28 nm with 64 synapses;
 * column of 256 rows 1.8 pF behind block switch and reset 0.3 … 1 ns; ladder 250 ohm · 5 pF 1.3 ns: together 2 ns. */
#define CELLS_T_SAMPLE 20e-9
/* The reset switch is off, with its dummies, before the rows move. */
#define CELLS_T_GAP 0.5e-9
/* Rows return to VCM, where transmission gates are weakest: synapse switches up to 0.6 ns (rvt), row driver as above. */
#define CELLS_T_EVAL 12e-9
/* The array of 512 fF settles to VCM through the reset switch: 0.15 … 0.4 ns. */
#define CELLS_T_START 5e-9
/* Column shares its charge with the converter's input: under 0.05 ns. */
#define CELLS_T_SELECT 2e-9
/*
 * Clock period of a conversion. High: compare; low: the array settles. The comparator decides 0.1 mV within 1 ns (28 nm: 2) at
 * mid-range and 3 to 4 ns (28 nm: 6 to 10, select looks) at half of the range below it, where gain 2 ends, but takes 11 to
 * 35 ns at -3/4 of the range of gain 1 and does not decide at its bottom, where its input devices are below threshold:
 * gain 1 has a slower clock, and is not to be used below -3/4 of its range.
 */
static inline double cells_t_clk(int gain) { return gain < 2 ? 40e-9 : 10e-9; }
#define CELLS_T_CLK_LOW 3e-9
#define CELLS_T_EDGE 50e-12

/*
 * Current family: PREB low t_pre; first windows (one step); the technology's rest, until the sources have emptied their nodes (n22, unit weight, 200 nA:
 * 2.1 ns); second windows (up to 8 steps); SEL high t_take, lines shared with the converter through its select switch; clocks.
 */
#define CELLS_T_PRE 10e-9
#define CELLS_T_TAKE 20e-9
/* How far the lines lie below VDD when they are converted, at mid-range of what they may fall. */
#define CELLS_V_FALL 0.15

#endif
