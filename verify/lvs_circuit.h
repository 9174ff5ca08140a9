/* Private to verify/lvs_*.c: a flat circuit of transistors, capacitors and resistors, from shapes or from a netlist. */
#ifndef VERIFY_LVS_CIRCUIT_H
#define VERIFY_LVS_CIRCUIT_H

#include "verify/front.h"
#include "verify/lvs_int.h"

enum { PIN_D, PIN_G, PIN_S, PIN_B }; /* of capacitors and resistors: the first two */

typedef struct {
    DevKind kind;
    const char *model;     /* as the technology writes it; "" of capacitors and resistors */
    uint32_t net[4];
    int64_t w2, wl2;       /* MOS: twice the width; twice the gate's area [dbu²]: length is wl2 / w2 */
    double value;          /* F or ohm */
    const char *name;      /* of a netlist; NULL: drawn at `at` */
    Box at;
} LvsDevice;

typedef struct {
    ARRAY(LvsDevice) dev;
    ARRAY(const char *) port;  /* [net] name of the port bit, NULL: inner */
    ARRAY(const char *) name;  /* [net] of a netlist, NULL: drawn */
    ARRAY(Box) at;             /* [net] one shape of it */
} LvsCircuit;

void circuit_free(LvsCircuit *c);

/*
 * The netlist of top, flat (lvs_netlist.c): nets without any device and port are left out of the comparison later.
 *   uses  out: [net] use of the port, USE_SIGNAL for inner nets; arr_free it
 */
typedef struct { ARRAY(NetUse) v; } NetUses;
void circuit_of_netlist(const Db *db, CellId top, Arena *a, LvsCircuit *out, NetUses *uses);

/*
 * The drawn circuit (lvs_device.c). What is no device and what two ports share or one port has in pieces is told as a difference.
 *   uses  of the ports by name: pieces of power and ground may be apart, they are joined by name and counted in out->joined
 */
void circuit_of_layout(const Db *db, CellId top, const Tech *t, const LvsCircuit *netlist, const NetUses *uses, LvsDevices *out, LvsCircuit *c);

/* Parallel devices become one, so do equal stacks between the same nets (lvs_reduce.c). */
void circuit_reduce(LvsCircuit *c);

/* Differences of two reduced circuits into out (lvs_match.c). */
void circuit_match(const LvsCircuit *layout, const LvsCircuit *netlist, const Tech *t, LvsDevices *out);

/* One line of the report; beyond LVS_TELL only counted. */
enum { LVS_TELL = 20 };
void lvs_tell(LvsDevices *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
