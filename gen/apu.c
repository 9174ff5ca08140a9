/*
 * The netlist above the crossbar: an APU joins its crossbar and four soft macros by port name, the chip joins the APUs and the
 * noc macro by broadcast wires and a ring. Instances stand at (0,0) until place and route give them their position.
 */
#include "gen/apu.h"

#include "gen/xbar.h"

uint32_t design_ports(const Design *d, uint32_t core, Macro m, MacroPort ports[MACRO_PORTS_MAX])
{
    return macro_ports(&d->plan, core, m, d->family[1].chosen, ports);
}

/* Bus ports of ctrl that another macro of the APU uses too: ctrl hands them on at its top edge. */
static uint32_t handed_on(const Design *d, uint32_t core, const char *names[MACRO_PORTS_MAX + 1])
{
    MacroPort a[MACRO_PORTS_MAX], b[MACRO_PORTS_MAX];
    uint32_t na = design_ports(d, core, MACRO_CTRL, a), n = 0;
    for (uint32_t i = 0; i < na; i++) {
        bool used = false;
        for (Macro m = MACRO_ROWBUF; m < MACRO_NOC; m++) {
            uint32_t nb = design_ports(d, core, m, b);
            for (uint32_t k = 0; k < nb; k++) used |= str_eq(a[i].name, b[k].name);
        }
        if (a[i].bus && used) names[n++] = a[i].name;
    }
    names[n] = NULL;
    return n;
}

/* Pins of a macro along its fuller edge: its least width in tracks. */
static int32_t edge_pins(const Design *d, uint32_t core, Macro m, const char *const *also_top)
{
    MacroPort port[MACRO_PORTS_MAX];
    uint32_t n = design_ports(d, core, m, port);
    int32_t top = 0, bottom = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool also = false;
        for (const char *const *q = also_top; q && *q; q++) also |= str_eq(*q, port[i].name);
        if (port[i].side == SIDE_TOP || also) top += (int32_t)port[i].width;
        if (port[i].side == SIDE_BOTTOM) bottom += (int32_t)port[i].width;
    }
    return top > bottom ? top : bottom;
}

static int32_t ceil_to(double v, int32_t step)
{
    int64_t n = (int64_t)(v / step);
    while ((double)(n * step) < v) n++;
    return (int32_t)(n * step);
}

typedef struct {
    int32_t h, w[MACRO_NOC];
} StripSize;

/*
 * Height of the macros' strip: of all heights on the metal 5 track grid the one with the least APU area. A macro is as wide
 * as its area asks for at that height, and wide enough for its pins.
 */
static StripSize strip_size(Design *d, uint32_t core, int32_t upper_w, int32_t upper_h, const char *const *also_top,
                            int64_t bit_area)
{
    static const Macro strip[] = {MACRO_CTRL, MACRO_COLPROC, MACRO_WMEM};
    int32_t p4 = tech_metal(&d->tech, 4)->pitch, p5 = tech_metal(&d->tech, 5)->pitch;
    StripSize best = {0};
    double best_area = 0;
    for (int32_t h = 20 * p5; h <= upper_h + 20 * p5; h += p5) {
        StripSize s = {.h = h};
        int64_t width = 0;
        for (size_t i = 0; i < COUNTOF(strip); i++) {
            MacroContent mc = macro_content(&d->plan, core, strip[i]);
            int32_t pins = edge_pins(d, core, strip[i], strip[i] == MACRO_CTRL ? also_top : NULL);
            int32_t w = ceil_to((double)macro_area(&d->tech, &mc, bit_area) / h, p4);
            if (w < (pins + 2) * p4) w = (pins + 2) * p4;
            s.w[strip[i]] = w;
            width += w;
        }
        double area = (double)(h + upper_h) * (double)(width > upper_w ? width : upper_w);
        if (best.h == 0 || area < best_area) best = s, best_area = area;
    }
    return best;
}

static void join_by_name(Db *db, CellId parent, InstId inst, CellId master)
{
    for (uint32_t i = 0; i < db_cell(db, master)->n_ports; i++) {
        DbNet net = db_cell(db, master)->nets.v[i];
        NetId n = db_find_net(db, parent, db_name(db, net.name));
        assert(n.i != NET_NONE.i && db_cell(db, parent)->nets.v[n.i].width == net.width);
        db_connect(db, parent, inst, (NetId){i}, (NetRef){n, 0, 0, 0, 1});
    }
}

/* Nets of the APU: first the bus ports of ctrl, VREF and the rails, then whatever the inner cells have. */
static void apu_nets(Design *d, CellId apu, uint32_t core, const CellId *inner, uint32_t n_inner)
{
    Db *db = &d->db;
    MacroPort port[MACRO_PORTS_MAX];
    uint32_t n = design_ports(d, core, MACRO_CTRL, port);
    for (uint32_t i = 0; i < n; i++)
        if (port[i].bus) db_add_port(db, apu, port[i].name, port[i].width, port[i].dir, USE_SIGNAL);
    db_add_port(db, apu, "VREF", 1, DIR_INOUT, USE_ANALOG);
    db_add_port(db, apu, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, apu, "VSS", 1, DIR_INOUT, USE_GROUND);
    for (uint32_t k = 0; k < n_inner; k++)
        for (uint32_t i = 0; i < db_cell(db, inner[k])->n_ports; i++) {
            DbNet net = db_cell(db, inner[k])->nets.v[i];
            const char *name = db_name(db, net.name);
            if (db_find_net(db, apu, name).i == NET_NONE.i) db_add_net(db, apu, name, net.width, net.use);
        }
}

Status apu_build(Design *d, ApuType *t, const char *name)
{
    Db *db = &d->db;
    const PlanCore *core = &d->plan.cores.v[t->core];
    char s[96];
    snprintf(s, sizeof s, "xbar_%s", name);
    t->xbar = xbar_build(db, &t->cells, core, plan_adc_bits(&d->plan), s);
    Box xb = db_cell(db, t->xbar)->box;
    int32_t p4 = tech_metal(&d->tech, 4)->pitch;

    const char *also_top[MACRO_PORTS_MAX + 1];
    handed_on(d, t->core, also_top);
    MacroContent rc = macro_content(&d->plan, t->core, MACRO_ROWBUF);
    int32_t pins = edge_pins(d, t->core, MACRO_ROWBUF, NULL);
    int32_t row_w = ceil_to((double)macro_area(&d->tech, &rc, d->bit_area) / xb.y1, p4);
    if (row_w < (pins + 2) * p4) row_w = (pins + 2) * p4;
    snprintf(s, sizeof s, "rowbuf_%s", name);
    TRY(macro_build(d, t->core, MACRO_ROWBUF, s, row_w, xb.y1, t->xbar, NULL, &t->macro[MACRO_ROWBUF]));

    StripSize size = strip_size(d, t->core, row_w + xb.x1, xb.y1, also_top, d->bit_area);
    static const Macro strip[] = {MACRO_CTRL, MACRO_COLPROC, MACRO_WMEM};
    for (size_t i = 0; i < COUNTOF(strip); i++) {
        snprintf(s, sizeof s, "%s_%s", macro_name[strip[i]], name);
        TRY(macro_build(d, t->core, strip[i], s, size.w[strip[i]], size.h, CELL_NONE,
                        strip[i] == MACRO_CTRL ? also_top : NULL, &t->macro[strip[i]]));
    }

    t->apu = db_add_cell(db, name, CELL_BLOCK, "apu");
    const CellId inner[] = {t->macro[MACRO_CTRL], t->macro[MACRO_ROWBUF], t->macro[MACRO_COLPROC], t->macro[MACRO_WMEM], t->xbar};
    apu_nets(d, t->apu, t->core, inner, COUNTOF(inner));
    for (Macro m = 0; m < MACRO_NOC; m++) {
        t->i_macro[m] = db_add_inst(db, t->apu, macro_name[m], t->macro[m], (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
        join_by_name(db, t->apu, t->i_macro[m], t->macro[m]);
    }
    t->i_xbar = db_add_inst(db, t->apu, "xbar", t->xbar, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    join_by_name(db, t->apu, t->i_xbar, t->xbar);
    return ST_OK;
}

/* Broadcast: one net for all. Ring: Q0 leaves noc, APU i takes Qi and gives Q(i+1), the last returns to noc. */
static void chip_join(Design *d, InstId inst, CellId master, uint32_t ring_in, uint32_t ring_out)
{
    Db *db = &d->db;
    for (uint32_t i = 0; i < db_cell(db, master)->n_ports; i++) {
        DbNet net = db_cell(db, master)->nets.v[i];
        const char *name = db_name(db, net.name);
        char ring[16];
        if (str_eq(name, "QI") || str_eq(name, "QO")) {
            snprintf(ring, sizeof ring, "Q%u", name[1] == 'I' ? ring_in : ring_out);
            name = ring;
        }
        NetId n = db_find_net(db, d->chip, name);
        assert(n.i != NET_NONE.i);
        db_connect(db, d->chip, inst, (NetId){i}, (NetRef){n, 0, 0, 0, 1});
    }
}

Status chip_build(Design *d)
{
    Db *db = &d->db;
    int32_t p4 = tech_metal(&d->tech, 4)->pitch, p5 = tech_metal(&d->tech, 5)->pitch;
    MacroContent mc = macro_content(&d->plan, 0, MACRO_NOC);
    TRY(macro_noc_bits(&d->plan, &mc.mem_bits));
    d->noc_area = macro_area(&d->tech, &mc, d->bit_area);
    d->noc_min_w = (edge_pins(d, 0, MACRO_NOC, NULL) + 2) * p4;
    int32_t h = ceil_to((double)d->noc_area / d->noc_min_w, p5);
    TRY(macro_build(d, 0, MACRO_NOC, "noc", d->noc_min_w, h, CELL_NONE, NULL, &d->noc));

    d->chip = db_add_cell(db, "chip", CELL_BLOCK, "chip");
    MacroPort port[MACRO_PORTS_MAX];
    uint32_t n = design_ports(d, 0, MACRO_NOC, port);
    for (uint32_t i = 0; i < n; i++)
        if (port[i].bus) db_add_port(db, d->chip, port[i].name, port[i].width, port[i].dir, USE_SIGNAL);
    db_add_port(db, d->chip, "VREF", 1, DIR_INOUT, USE_ANALOG);
    db_add_port(db, d->chip, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, d->chip, "VSS", 1, DIR_INOUT, USE_GROUND);
    for (uint32_t i = 0; i < n; i++)
        if (!port[i].bus && port[i].name[0] != 'Q') db_add_net(db, d->chip, port[i].name, port[i].width, USE_SIGNAL);
    for (uint32_t k = 0; k <= d->n_apus; k++) {
        char q[16];
        snprintf(q, sizeof q, "Q%u", k);
        db_add_net(db, d->chip, q, 33, USE_SIGNAL);
    }
    d->i_apu = arena_array(&d->arena, InstId, d->n_apus);
    for (uint32_t k = 0; k < d->n_apus; k++) {
        char name[24];
        snprintf(name, sizeof name, "apu%u", k);
        CellId m = d->types.v[d->apu_type[k]].apu;
        d->i_apu[k] = db_add_inst(db, d->chip, name, m, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
        chip_join(d, d->i_apu[k], m, k, k + 1);
    }
    d->i_noc = db_add_inst(db, d->chip, "noc", d->noc, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    chip_join(d, d->i_noc, d->noc, d->n_apus, 0);
    db->top = d->chip;
    return ST_OK;
}
