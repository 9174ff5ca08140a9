/*
 * What the converters' references lack when a bit is decided: all converters of a crossbar switch their arrays at once, behind the wires that lead
 * from the mesh to each of them.
 */
#ifndef GEN_REFERENCE_H
#define GEN_REFERENCE_H

#include "gen/design.h"

/* Wires of VREFP and VREFN from the ideal reference past n converters, resistances of both together. */
typedef struct {
    uint32_t n;
    int32_t bits;
    double array_f;         /* F of a converter's array */
    double source;          /* ohm to where the wire leaves the ladder */
    const double *along;    /* [n] ohm to each converter from the one before it, the first from the ladder */
    double local;           /* ohm from the wire to the array (reference_local) */
    double time;            /* s from a switched bit to its decision */
} RefLine;

/*
 * After one event: code 'stays' with `from` of the array's weight on VREFP goes to `to`, all converters alike; what their arrays still lack of
 * VREFP − VREFN after l->time, as a share of it. Weights as shares of the array, to + the bit dropped = from + the bit raised.
 *   The bit of weight 2b is dropped and that of weight b raised: to = from − b. The array's top floats, so to · (1 − to) of it hangs between the wires, and
 *   b · (1 + to) of it is what is drawn: a step of their ratio, which the wires let settle.
 *   left     out: [n]
 * Time     256 steps of O(n); of second order and L-stable (SDIRK2: Alexander 1977).
 */
void reference_event(const RefLine *l, double b, double to, double *left);

/* The worst of all events on each converter's threshold, a share of the reference: of what its array lacks, the larger of to and 1 − to. [n] */
void reference_settle(const RefLine *l, double *worst);

/*
 * Ohm of both wires from a drawn converter's edge to its array: to each bit's switch along its trunk of minimal width, with the cuts on the way, weighed by
 * the bits' shares of the array. One resistance with the whole array behind it lacks more than the ladder of bits does (sum of w_i w_j R_min(i,j), Elmore), as
 * soon as it is more than a millionth of an LSB (uniform trunks, both orders of bits; tests/gen/reference.c has ngspice's word).
 */
double reference_local(const Db *db, const Tech *t, CellId converter, uint32_t bits);

/* Of each crossbar of a routed design: Design.ref_line (messages: RTE-0025 where it is more than half an LSB). drawn, converter: the converter's polygons;
 * NULL: there are none, it is as far to the array as the cell is high. */
void reference_judge(Design *d, const Db *drawn, CellId converter);

/* A box of a crossbar's cell whose lower left corner is its own (the ladder), on the chip. */
Box reference_on_chip(const Design *d, uint32_t apu, Box b);

#endif
