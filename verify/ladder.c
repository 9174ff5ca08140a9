/* The ladder under the load of all rows. */
#include "verify/ladder.h"

#include <math.h>

#include "verify/column_int.h"

static const DbCell *ladder_of(const XbarFlat *f)
{
    for (uint32_t l = 0; l < f->leaves.n; l++)
        if (leaf_type(f, l)->kind == LEAF_LADDER) return &f->db->cells.v[leaf_type(f, l)->cell.i];
    return NULL;
}

static void put_ladder(const XbarFlat *f, const DbCell *c, Buf *out)
{
    const Db *db = f->db;
    buf_str(out, ".subckt ladder vdd vcm l0 l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14\n");
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *dev = &c->devices.v[i];
        if (dev->kind != DEV_RES) continue;
        char node[2][32];
        bool mine = true;
        for (int k = 0; k < 2; k++) {
            const char *name = db_name(db, c->nets.v[dev->t[k].net.i].name);
            uint32_t level;
            if (str_eq(name, "VDD")) snprintf(node[k], sizeof node[k], "vdd");
            else if (str_eq(name, "VSS")) snprintf(node[k], sizeof node[k], "0");
            else if (str_eq(name, "VCM")) snprintf(node[k], sizeof node[k], "vcm");
            else if (str_eq(name, "L")) snprintf(node[k], sizeof node[k], "l%u", dev->t[k].bit);
            else if (sscanf(name, "L[%u]", &level) == 1) snprintf(node[k], sizeof node[k], "l%u", level);
            else mine = false; /* reference wires of the converters */
        }
        if (mine) buf_printf(out, "r%u %s %s %.9g\n", i, node[0], node[1], dev->value);
    }
    buf_str(out, ".ends\n");
}

/* A copy of the ladder and its rows per vector: what rests between conversions is at VCM. */
static void put_vector(const Tech *t, const LadderJob *job, uint32_t v, Buf *out)
{
    buf_printf(out, "xl%u vdd v%u_vcm", v, v);
    for (int k = 0; k < 15; k++) buf_printf(out, " v%u_l%d", v, k);
    buf_str(out, " ladder\n");
    for (uint32_t r = 0; r < job->rows; r++)
        for (int n = 0; n < 2; n++) {
            int digit = job->x[(size_t)v * job->rows + r], level = 7 + (n ? -digit : digit);
            buf_printf(out, "r%u_%u_%d v%u_l%d x%u_%u_%d %.9g\nc%u_%u_%d x%u_%u_%d 0 %.9g ic=%.9g\n", v, r, n, v, level, v, r, n, job->r_row,
                       v, r, n, v, r, n, job->c[(size_t)n * job->rows + r], t->vcm);
            buf_printf(out, ".meas tran m%u_%u_%d find v(x%u_%u_%d) at=%.9gn\n", v, r, n, v, r, n, job->time * 1e9);
        }
}

Status ladder_simulate(const XbarFlat *f, const Tech *t, const LadderJob *job, const char *deck, double timeout, double *v)
{
    const DbCell *c = ladder_of(f);
    if (!c) return msg_error(ST_INPUT, "COS-0009", (Loc){deck, 0, 0}, "no ladder in the crossbar of the netlist");
    Buf text = {0};
    buf_printf(&text, "* %u rows on the ladder, %u vectors\n.option method=gear reltol=1e-5 temp=%.9g\n", job->rows, job->vectors, t->temp_c);
    put_ladder(f, c, &text);
    buf_printf(&text, "vvdd vdd 0 %.9g\n", t->vdd);
    for (uint32_t k = 0; k < job->vectors; k++) put_vector(t, job, k, &text);
    buf_printf(&text, ".save v(x0_0_0)\n.tran %.9gn %.9gn uic\n.end\n", job->time * 1e9 / 200, job->time * 1.01e9);
    CharDeck read = {0};
    Status st = column_run(deck, &text, timeout, &read);
    buf_free(&text);
    for (uint32_t k = 0; k < job->vectors && st == ST_OK; k++)
        for (uint32_t n = 0; n < 2; n++)
            for (uint32_t r = 0; r < job->rows && st == ST_OK; r++) {
                double got = char_getf(&read, "m%u_%u_%u", k, r, n);
                if (isnan(got)) st = msg_error(ST_VIOLATION, "COS-0004", (Loc){deck, 0, 0}, "ngspice says nothing of row %u, vector %u", r, k);
                else v[((size_t)k * 2 + n) * job->rows + r] = got - t->vcm;
            }
    arr_free(&read.meas);
    return st;
}
