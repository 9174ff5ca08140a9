/*
 * VHDL of the chip: behaviour of every soft macro and of the crossbar (templates/digital.vhd.tpl), structure of APUs and chip
 * straight from the database; testbench and host script for a run of the workload; the run in GHDL.
 */
#ifndef GEN_VHDL_H
#define GEN_VHDL_H

#include "gen/design.h"
#include "gen/db/npy.h"

/* OUT/design.vhd, OUT/tb_design.vhd. VHD-0001: layers with different ADC gains cannot share the crossbar model's one reference. */
Status vhdl_write(const Design *d, const char *dir, const char *templates);

typedef struct {
    uint32_t samples, equal;  /* inferences run, of which every output is equal to the integer network's */
    uint64_t first_clocks;    /* with BUSY high: of the first inference, which stores weights; of each later one, 0 if they differ */
    uint64_t clocks;
    uint64_t bus, ring;       /* of the last inference: commands of the controller on the bus, words that came over the ring */
    double seconds;
    bool exact;               /* ideal columns; else with the nominal converter */
} GhdlResult;

/*
 * Run samples 0 … n−1 through the emitted VHDL in GHDL and compare every output integer.
 *   expect  [n][outputs] integers q of the plan's output tensor
 *   work    folder for GHDL's files, made if missing
 * Errors    PROC-0001 no ghdl; HDL-0001 GHDL refused or failed (log named); HDL-0002 timeout
 */
Status vhdl_run(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t n, bool exact, const int32_t *expect,
                double timeout, GhdlResult *out);

#endif
