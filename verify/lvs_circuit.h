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


/* ---- a drawing (lvs_device.c, lvs_passive.c) --------------------------------------------------------------- */

enum { C_NSD, C_PSD, C_NTAP, C_PTAP, C_POLY, C_NWELL, C_SUB, C_FRONT };

typedef struct {
    uint32_t node;
    const char *name;   /* port bit */
} ShapesLabel;

/* A PIN shape of top's own. */
typedef struct {
    uint32_t layer;
    Box box;
    uint32_t net, bit;
} ShapesPin;

/* Shapes, the conductors that they make, and what is joined: nodes are boxes of conductors. */
typedef struct {
    const Db *db;
    CellId top;
    const Tech *t;
    Boxes *drawn;       /* [layer] */
    Front f;
    Boxes *cond;        /* [C_FRONT + layer] */
    uint32_t n_cond, *off, n;
    uint32_t *set;      /* [node] */
    Box *box;
    ARRAY(ShapesPin) pin;
    ARRAY(ShapesLabel) label;
    Arena *a;
    LvsDevices *out;
    LvsCircuit *c;
    uint32_t *net_of;   /* [node], of roots: net, or LVS_NONE */
} Shapes;

/* Without shapes; out: differences, c: devices, both may be added to. Then shapes by shapes_collect (those below top) or into d->drawn. */
void shapes_make(Shapes *d, const Db *db, const Tech *t, CellId top, Arena *a, LvsDevices *out, LvsCircuit *c);
void shapes_collect(Shapes *d);
void shapes_connect(Shapes *d);   /* conductors, labels, sets */
void shapes_devices(Shapes *d);   /* nets and devices, of the sets as they are */
void shapes_free(Shapes *d);
/* Net of a node: made when first asked for. */
uint32_t shapes_net(Shapes *d, uint32_t node);
/* A node of the conductor that shares area with the box, or LVS_NONE. */
uint32_t shapes_under(Shapes *d, uint32_t cond, Box b);
/* What marks make of the layer of this name (NULL: of none): bodies of resistors, replaced. */
void shapes_bodies(const Shapes *d, const char *layer, Boxes *out);
void shapes_capacitors(Shapes *d);
void shapes_resistors(Shapes *d);

/* Parallel devices become one, so do equal stacks between the same nets (lvs_reduce.c). */
void circuit_reduce(LvsCircuit *c);

/* Differences of two reduced circuits into out (lvs_match.c). */
void circuit_match(const LvsCircuit *layout, const LvsCircuit *netlist, const Tech *t, LvsDevices *out);

/* Cell by cell (lvs_hier.c, lvs_master.c). False: not to be compared that way, out is then of no use. */
bool lvs_hier(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out);

/* One line of the report; beyond LVS_TELL only counted. */
enum { LVS_TELL = 20 };
void lvs_tell(LvsDevices *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
