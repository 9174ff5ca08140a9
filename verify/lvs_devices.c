/* The devices of a layout against those of a netlist; contract in verify/verify_layout.h. */
#include "verify/lvs_circuit.h"

void lvs_tell(LvsDevices *out, const char *fmt, ...)
{
    if (out->n_diff++ >= LVS_TELL) return;
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    buf_printf(&out->text, "  %s\n", line);
}

/* A gate on a net that nothing else is on floats, also where the netlist says so. */
static void tell_floating(const LvsCircuit *c, LvsDevices *out)
{
    bool *held = mem_calloc((size_t)c->port.n + 1, 1);
    for (uint32_t n = 0; n < c->port.n; n++) held[n] = c->port.v[n] != NULL;
    for (uint32_t k = 0; k < c->dev.n; k++) {
        const LvsDevice *d = &c->dev.v[k];
        bool mos = d->kind <= DEV_PMOS;
        held[d->net[PIN_D]] = held[d->net[mos ? PIN_S : 1]] = true;
    }
    for (uint32_t k = 0; k < c->dev.n; k++) {
        const LvsDevice *d = &c->dev.v[k];
        Box b = d->at;
        if (d->kind <= DEV_PMOS && !held[d->net[PIN_G]]) lvs_tell(out, "floating gate: transistor %s at (%d %d %d %d)", d->model, b.x0, b.y0, b.x1, b.y1);
    }
    mem_free(held);
}

Status lvs_devices(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out)
{
    *out = (LvsDevices){0};
    if (layout->cells.v[top.i].kind == CELL_BLOCK && netlist->cells.v[sub.i].kind == CELL_BLOCK && lvs_hier(layout, top, netlist, sub, t, out))
        return out->n_diff ? ST_VIOLATION : ST_OK;
    lvs_devices_free(out);
    return lvs_devices_flat(layout, top, netlist, sub, t, out);
}

Status lvs_devices_flat(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out)
{
    *out = (LvsDevices){0};
    LvsCircuit drawn = {0}, wanted = {0};
    NetUses uses = {0};
    circuit_of_netlist(netlist, sub, &out->arena, &wanted, &uses);
    circuit_of_layout(layout, top, t, &wanted, &uses, out, &drawn);
    out->drawn = drawn.dev.n;
    out->netlist = wanted.dev.n;
    out->nets = drawn.port.n;
    uint64_t before = out->n_diff;
    tell_floating(&drawn, out);
    uint64_t floating = out->n_diff - before;
    circuit_reduce(&drawn);
    circuit_reduce(&wanted);
    out->reduced = wanted.dev.n;
    /* with ports shorted or in pieces the graphs differ everywhere: the place is known already */
    if (out->n_diff == floating) circuit_match(&drawn, &wanted, t, out);
    circuit_free(&drawn);
    circuit_free(&wanted);
    arr_free(&uses.v);
    return out->n_diff ? ST_VIOLATION : ST_OK;
}

void lvs_devices_free(LvsDevices *d)
{
    buf_free(&d->text);
    arena_free(&d->arena);
    *d = (LvsDevices){0};
}

bool lvs_drawn(const Db *db, const Tech *t, CellId leaf)
{
    const DbCell *c = &db->cells.v[leaf.i];
    LayerId poly = front_layer(db, t, ROLE_POLY);
    for (uint32_t k = 0; k < c->insts.n; k++)
        if (lvs_drawn(db, t, c->insts.v[k].master)) return true;
    for (uint32_t k = 0; k < c->shapes.n; k++)
        if (c->shapes.v[k].layer.i == poly.i) return true;
    return false;
}
