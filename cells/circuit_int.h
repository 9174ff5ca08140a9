/*
 * Inside of the circuit generators: a small drawing board on one cell. Nodes are net bits; gates are made of the
 * technology's smallest devices; every device gets a name that tells its part, so a netlist can be read.
 *
 * Invariant: bulk of every N device is VSS, of every P device VDD: the wells follow from the taps.
 */
#ifndef CELLS_CIRCUIT_INT_H
#define CELLS_CIRCUIT_INT_H

#include "cells/circuit.h"

typedef struct {
    NetId net;
    uint32_t bit;
} Node;

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    const char *logic;  /* flavour of the logic: rvt */
    const char *sw;     /* flavour of the analog switches: that of the variant */
    double wu;          /* m: width of the smallest device used */
    int32_t most[2];    /* widest finger of an N and a P device in a drawn row, dbu; 0: rows cannot be drawn */
    Node vdd, vss;
} Ckt;

/* ---- board (circuit.c) ------------------------------------------------------------------------ */
/* Name of a part in a buffer; asserts that it fits. Returns the buffer. */
enum { CK_NAME = 64 };
const char *ck_name(char out[CK_NAME], const char *fmt, ...) PRINTF_LIKE(2, 3);
Ckt ck_board(Db *db, const Tech *t, CellId c, const CellVariant *v);
Node ck_port(const Ckt *k, const char *name, uint32_t bit); /* asserts that port and bit exist */
Node ck_net(Ckt *k, const char *fmt, ...) PRINTF_LIKE(2, 3); /* new net of one bit */
/* kind 'n' or 'p'; w in m, rounded to the technology's width grid; l in multiples of the shortest gate. */
void ck_mos(Ckt *k, const char *name, char kind, const char *flavour, Node d, Node g, Node s, double w, int32_t l);
void ck_match(Ckt *k); /* the two devices added last are a matched pair */
void ck_cap(Ckt *k, const char *name, Node a, Node b, double farad);
void ck_res(Ckt *k, const char *name, Node a, Node b, double ohm);
/* Capacitance of wires, number i: no capacitor of the circuit, so that it has no mismatch. */
void ck_wire(Ckt *k, uint32_t i, Node a, Node b, double farad);
bool circuit_is_wire(const Db *db, const DbDevice *d);

/* ---- gates (circuit_gates.c): size in multiples of the smallest device ---------------------------- */
void ck_inv(Ckt *k, const char *pfx, Node in, Node out, double size);
/* An N device that never conducts: its junction takes the charge that a long wire collects while its metals are etched, before a gate does. */
void ck_diode(Ckt *k, const char *name, Node wire);
void ck_nand(Ckt *k, const char *pfx, const Node *in, uint32_t n, Node out, double size);
void ck_nor(Ckt *k, const char *pfx, Node a, Node b, Node out, double size);
/* Transmission gate a–b, on when g is high and gb low; both devices w wide, gates l times the shortest. */
void ck_tg(Ckt *k, const char *pfx, const char *flavour, Node a, Node b, Node g, Node gb, double w);
/* The same with half-size dummies (shorted, opposite gates) on side a and, if `both`, on side b. */
void ck_tg_dummy(Ckt *k, const char *pfx, const char *flavour, Node a, Node b, Node g, Node gb, double w, bool both);
void ck_sram(Ckt *k, const char *pfx, Node wl, Node bl, Node blb, Node q, Node qb);
/* Latch: transparent when g is high; cleared by rstb low. Gives q and qb. */
void ck_latch(Ckt *k, const char *pfx, Node d, Node g, Node gb, Node rstb, Node q, Node qb);
/* Flip-flop: takes d at the falling edge of ck; while rst is high it is set (`set`) or cleared. */
void ck_dff(Ckt *k, const char *pfx, Node d, Node ck, Node ckb, Node rst, Node rstb, bool set, Node q);

/* ---- cells ------------------------------------------------------------------------------------- */
void circuit_synapse(Ckt *k, double cu, double w, uint32_t bits, bool dummy);
void circuit_block_switch(Ckt *k, double w);
void circuit_block_driver(Ckt *k);
void circuit_row_driver(Ckt *k, double w);
void circuit_col_end(Ckt *k, double w_reset, double w_select, bool odd);
void circuit_ladder(Ckt *k, double r_total);
void circuit_decap(Ckt *k, int32_t gates, int32_t l, double plates);
void circuit_sar_adc(Ckt *k, int32_t bits, double cu, double w_in, double w_select);
/* Parts of the converter, for cells of their own in characterisation decks. */
void circuit_comparator(Ckt *k, Node ip, Node in, Node clk, Node comp, double w_in);
void circuit_array(Ckt *k, int32_t bits, double cu, Node top, const Node *d, Node refp, Node refn);
void circuit_sar_logic(Ckt *k, int32_t bits, Node ck, Node ckb, Node rst, Node rstb, Node comp);

/* Parts of the array's edge: clocked bit line driver, out = not in while we; the four word line drivers WLIN -> WL. */
void circuit_write_driver(Ckt *k, const char *pfx, Node in, Node out, Node we, Node web);
void circuit_word_lines(Ckt *k);
/* Port in[bit] -> true and complement (NULL: none) through chains of fan-out about 4; the last stage is `size`. */
void circuit_phase(Ckt *k, const char *in, uint32_t bit, const char *out, const char *outb, double size);
/* The access devices of a weight bit that is always 0: same load on word line and bit lines, no storage. */
void circuit_dummy_bit(Ckt *k, const char *pfx, Node wl, Node bl, Node blb);

/* ---- current family (circuit_current.c; converter: circuit_sar.c) ---------------------------------- */
/* Adds the devices if the function is one of the family's; false: it is not. */
bool circuit_current(Ckt *k, const char *function, const CellVariant *v, int32_t n);
void circuit_sar_adc_i(Ckt *k, int32_t bits, double cu, double w_in);
/* The smallest N device's shortest gate [m]: the unit in which sources are sized. */
double circuit_gate(const Tech *t);

/*
 * Mismatch: threshold of each device by Pelgrom's law, σ = avt / √(2·W·L) (avt is a pair figure), and each
 * capacitor by σ(ΔC/C) = cap_mismatch / √C. NULL: nominal.
 */
typedef struct {
    Rng rng;
    bool devices, caps;
    const char *const *pair; /* of these two devices alone the first one's threshold shift / 2 [V] up, the other's down; NULL: none */
    double shift;
} CircuitVary;
/* σ of a transistor's threshold, V. */
double circuit_threshold_sigma(const Db *db, const Tech *t, const DbDevice *d);

/* Leave out the devices whose names start with one of the words in `skip`, make the nets named in `ports` (NULL-terminated)
 * further ports, call the subcircuit `name`. NULL: as the cell is. */
typedef struct {
    const char *name, *skip;
    const char *const *ports;
    const char *wires; /* further lines: parasitics */
    CircuitVary *vary;
} CircuitView;
void circuit_spice_view(const Db *db, const Tech *t, CellId c, const CircuitView *view, Buf *out);
void circuit_spice(const Db *db, const Tech *t, CellId c, CircuitVary *vary, Buf *out);

#endif
