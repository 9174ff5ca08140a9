/*
 * Instruction-level simulator: executes instructions.bin, bit-true, with the clocks of every unit.
 *
 * Reads the file itself and shares nothing with the compiler but the numbers of the instruction table (gen/db/isa.h). Values and clocks are
 * two passes over the same decoded stream: no clock of this controller depends on a value, so clocks are counted once for a program and
 * values are computed with whole matrices for every inference.
 */
#ifndef VERIFY_ISS_H
#define VERIFY_ISS_H

#include "gen/base/base.h"
#include "gen/db/isa.h"

#define ISS_APUS ISA_APUS

typedef struct Iss Iss;

/*
 * Read and decode a program; every address, size and table entry that it will use is checked here, so that execution cannot fail.
 * Errors   ISS-0001 not such a file, truncated or of another version; ISS-0002 a section is missing or of the wrong size; ISS-0003 an
 *          instruction or a table entry leads out of a memory or field; ISS-0004 unknown instruction or register; IO-*
 */
Status iss_read(const char *path, Iss **out);
/* The same from memory; name: of the messages. */
Status iss_parse(const char *name, const void *data, size_t n, Iss **out);
void iss_free(Iss *s);

uint32_t iss_inputs(const Iss *s);
uint32_t iss_outputs(const Iss *s);
uint32_t iss_layers(const Iss *s);

/* Instruction memories: what the fullest page takes of them, in words, against what they hold. */
typedef struct {
    uint32_t pages, words;      /* of the program; in all pages */
    uint32_t fullest, limit;    /* NoC controller */
    uint32_t apu_fullest, apu_limit;
} IssMemory;
IssMemory iss_memory(const Iss *s);

/*
 * Run n inferences.
 *   exact    ideal columns: the code is the sum (for programs compiled with mul, add); else the nominal converter
 *   in, out  integers q of input and output tensor, [n][inputs], [n][outputs]
 * The result does not depend on the number of threads.
 */
void iss_run(const Iss *s, bool exact, const int32_t *in, uint32_t n, uint32_t threads, int32_t *out);

/* Clocks with BUSY high of one inference after others; what the host does while BUSY is low is not in them. */
typedef struct {
    uint64_t clocks;
    uint64_t first;             /* of the first inference, which stores weights that later ones find */
    uint64_t *layer;            /* [iss_layers] */
    uint64_t instructions;      /* executed */
    uint64_t bus;               /* the controller's commands on the broadcast bus: XW, MVM, READ */
    uint64_t ring;              /* words on the ring */
    uint64_t apu[ISS_APUS];     /* clocks in which an APU samples and converts */
    uint64_t samplings;         /* samples of a crossbar: positions · digits · chunks, over all tiles */
    uint64_t conversions;       /* every converter of an APU converts both its columns each time, used or not */
    uint64_t row_events;        /* rows driven with a digit of an input */
    uint64_t digit_macs;        /* such rows times columns read */
    uint64_t mvm[ISS_APUS];     /* MVMs by APU, one a position */
    uint64_t xw[ISS_APUS];      /* inputs written into its row registers */
    uint64_t words[ISS_APUS];   /* columns it has put on the ring */
    uint64_t sampled[ISS_APUS]; /* samples of its crossbar */
    uint64_t driven[ISS_APUS];  /* rows driven with a digit of an input */
    uint64_t results;           /* words written into the feature maps */
    uint64_t looked_up;         /* of those, through a table of a function */
    uint64_t fm_reads;          /* words read from them */
    uint64_t digital;           /* clocks of pooling, sums and copies */
    uint64_t wait_apu;          /* clocks in which the writer waits for row registers */
    uint64_t wait_bus;          /* clocks in which it waits for the bus */
    uint64_t wait_weights;      /* clocks in which a LOAD waits for the host */
    uint32_t apus, pages, loads; /* pages put in during an inference; loads of weights */
} IssClocks;
void iss_clocks(const Iss *s, IssClocks *out);
void iss_clocks_free(IssClocks *c);

#endif
