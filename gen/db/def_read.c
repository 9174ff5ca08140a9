/*
 * DEF reader (LEF/DEF 5.8 Language Reference): COMPONENTS, PINS, NETS and SPECIALNETS as a netlist, for the comparison of views.
 *
 * The design becomes one block; its components are placed (lower left corner, orientation) if the file says where. A master that the
 * database does not have is made as a leaf whose ports are the pins that the nets name, in order of first use; one that it has
 * must have those pins, as scalar ports (as spice_read makes them). "( * PIN )" joins that pin of every component: of those whose master has it, or, for masters made here,
 * of all. Backslash escapes are taken off names. Wires, vias, tracks, rows, blockages and properties are passed over.
 */
#include "gen/db/db.h"

enum { DEF_LIMIT = 1 << 30 };

typedef struct {
    NameId name, master;
    Pt at;
    Orient orient;
} Comp;

typedef struct {
    NameId comp, pin;     /* comp {0}: a pin of the design; any_comp: "*" */
    bool any;
    uint32_t net;
} Term;

typedef struct {
    Db *db;
    Loc at;
    const char *p, *end;
    Buf tok;
    int64_t num, den;      /* dbu = DEF units · num / den */
    NameId design;
    ARRAY(Comp) comps;
    ARRAY(NameId) nets, pins, pin_nets;
    ARRAY(PortDir) dirs;
    ARRAY(Term) terms;
    Map comp_of, net_of;   /* name id → index */
} Def;

/* ---- tokens ------------------------------------------------------------------------------------------------ */

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static Status def_bad(const Def *d, const char *id, const char *what) { return msg_error(ST_INPUT, id, d->at, "%s at '%s'", what, d->tok.s ? d->tok.s : ""); }

/* Next token into d->tok; false at the end. '#' starts a comment where a token would. */
static bool next(Def *d)
{
    d->tok.n = 0;
    for (;; d->p++) {
        while (d->p < d->end && *d->p == '#')
            while (d->p < d->end && *d->p != '\n') d->p++;
        if (d->p >= d->end || !blank(*d->p)) break;
        if (*d->p == '\n') d->at.line++;
    }
    buf_put(&d->tok, "", 0);
    if (d->p >= d->end) return false;
    if (*d->p == '"') {
        for (d->p++; d->p < d->end && *d->p != '"'; d->p++) {
            if (*d->p == '\n') d->at.line++;
            buf_char(&d->tok, *d->p);
        }
        if (d->p < d->end) d->p++;
        return true;
    }
    while (d->p < d->end && !blank(*d->p)) {
        if (*d->p == '\\' && d->p + 1 < d->end && !blank(d->p[1])) d->p++;
        if (*d->p) buf_char(&d->tok, *d->p);
        d->p++;
    }
    return true;
}

static bool is(const Def *d, const char *word) { return str_eq(d->tok.s, word); }

static Status want(Def *d, const char *word)
{
    if (!next(d)) return def_bad(d, "DEF-0001", "the file ends in the middle");
    return !word || is(d, word) ? ST_OK : msg_error(ST_INPUT, "DEF-0001", d->at, "'%s' expected, found '%s'", word, d->tok.s);
}

static Status skip_statement(Def *d)
{
    while (!is(d, ";")) TRY(want(d, NULL));
    return ST_OK;
}

static Status take_name(Def *d, NameId *out)
{
    TRY(want(d, NULL));
    if (!d->tok.n || is(d, ";")) return def_bad(d, "DEF-0001", "a name is missing");
    *out = names_add(&d->db->names, d->tok.s);
    return ST_OK;
}

static Status take_coordinate(Def *d, int32_t *out)
{
    int64_t v;
    TRY(want(d, NULL));
    if (!str_to_i64(d->tok.s, &v) || v < -(INT64_C(1) << 40) || v > INT64_C(1) << 40) return def_bad(d, "DEF-0002", "a coordinate is expected");
    if (v * d->num % d->den) return def_bad(d, "DEF-0002", "coordinate is no whole number of dbu");
    v = v * d->num / d->den;
    if (v <= -(INT64_C(1) << 30) || v >= INT64_C(1) << 30) return def_bad(d, "DEF-0002", "coordinate exceeds ±2^30 dbu");
    *out = (int32_t)v;
    return ST_OK;
}

/* ---- sections ------------------------------------------------------------------------------------------------ */

/* UNITS DISTANCE MICRONS n ; : one unit is 1/n µm */
static Status read_units(Def *d)
{
    int64_t n;
    TRY(want(d, "DISTANCE"));
    TRY(want(d, "MICRONS"));
    TRY(want(d, NULL));
    double per_um = 1e-6 / d->db->dbu_m;
    int64_t whole = (int64_t)(per_um + 0.5);
    if (!str_to_i64(d->tok.s, &n) || n < 1 || n > 1000000 || whole < 1) return def_bad(d, "DEF-0002", "UNITS");
    d->num = whole;
    d->den = n;
    return skip_statement(d);
}

static Status read_place(Def *d, Comp *c)
{
    TRY(want(d, "("));
    TRY(take_coordinate(d, &c->at.x));
    TRY(take_coordinate(d, &c->at.y));
    TRY(want(d, ")"));
    TRY(want(d, NULL));
    for (int o = 0; o < 8; o++)
        if (is(d, orient_name[o])) {
            c->orient = (Orient)o;
            return ST_OK;
        }
    return def_bad(d, "DEF-0001", "an orientation is expected");
}

static Status read_component(Def *d)
{
    Comp c = {.orient = ORI_N};
    TRY(take_name(d, &c.name));
    TRY(take_name(d, &c.master));
    while (!is(d, ";")) {
        TRY(want(d, NULL));
        if (is(d, "PLACED") || is(d, "FIXED") || is(d, "COVER")) TRY(read_place(d, &c));
    }
    if (map_get(&d->comp_of, c.name.i, NULL)) return msg_error(ST_INPUT, "DEF-0003", d->at, "two components are called %s", db_name(d->db, c.name));
    map_set(&d->comp_of, c.name.i, d->comps.n);
    arr_push(&d->comps, c);
    return ST_OK;
}

static Status read_pin(Def *d)
{
    NameId name, net = {0};
    PortDir dir = DIR_INOUT;
    TRY(take_name(d, &name));
    while (!is(d, ";")) {
        TRY(want(d, NULL));
        if (is(d, "NET")) TRY(take_name(d, &net));
        else if (is(d, "DIRECTION")) {
            TRY(want(d, NULL));
            dir = is(d, "INPUT") ? DIR_IN : is(d, "OUTPUT") ? DIR_OUT : DIR_INOUT;
        }
    }
    if (!net.i) return msg_error(ST_INPUT, "DEF-0004", d->at, "pin %s without NET", db_name(d->db, name));
    arr_push(&d->pins, name);
    arr_push(&d->pin_nets, net);
    arr_push(&d->dirs, dir);
    return ST_OK;
}

static uint32_t net_index(Def *d, NameId name)
{
    uint32_t k;
    if (map_get(&d->net_of, name.i, &k)) return k;
    map_set(&d->net_of, name.i, d->nets.n);
    arr_push(&d->nets, name);
    return d->nets.n - 1;
}

/* "- name ( comp pin ) … + …": parentheses behind the first '+' are wiring. */
static Status read_net(Def *d)
{
    NameId name;
    TRY(take_name(d, &name));
    uint32_t net = net_index(d, name);
    bool terms = true;
    while (!is(d, ";")) {
        TRY(want(d, NULL));
        if (is(d, "+")) terms = false;
        if (!terms || !is(d, "(")) continue;
        Term t = {.net = net};
        TRY(take_name(d, &t.comp));
        t.any = is(d, "*");
        if (is(d, "PIN")) t.comp = (NameId){0};
        TRY(take_name(d, &t.pin));
        TRY(want(d, NULL));
        if (is(d, "+")) { /* + SYNTHESIZED */
            TRY(want(d, NULL));
            TRY(want(d, NULL));
        }
        if (!is(d, ")")) return def_bad(d, "DEF-0001", "')' expected");
        if (t.comp.i || t.any) arr_push(&d->terms, t); /* pins of the design: PINS says their nets */
    }
    return ST_OK;
}

/* "NAME n ; - … ; … END NAME" */
static Status read_section(Def *d, const char *name, Status (*item)(Def *))
{
    TRY(skip_statement(d));
    for (;;) {
        TRY(want(d, NULL));
        if (is(d, "END")) return want(d, name);
        if (!is(d, "-")) return def_bad(d, "DEF-0001", "'-' or END expected");
        TRY(item(d));
    }
}

static Status pass_over(Def *d) { return skip_statement(d); }

static Status read_file(Def *d)
{
    static const struct {
        const char *name;
        Status (*item)(Def *);
    } section[] = {{"COMPONENTS", read_component}, {"PINS", read_pin},        {"NETS", read_net},
                   {"SPECIALNETS", read_net},      {"VIAS", pass_over},       {"BLOCKAGES", pass_over},
                   {"FILLS", pass_over},           {"REGIONS", pass_over},    {"GROUPS", pass_over},
                   {"NONDEFAULTRULES", pass_over}, {"SLOTS", pass_over},      {"STYLES", pass_over},
                   {"PINPROPERTIES", pass_over},   {"SCANCHAINS", pass_over}};
    while (next(d)) {
        size_t k = 0;
        if (is(d, "END")) {
            TRY(want(d, NULL));
            if (is(d, "DESIGN")) return d->design.i ? ST_OK : msg_error(ST_INPUT, "DEF-0001", d->at, "no DESIGN statement");
            continue;
        }
        if (is(d, "PROPERTYDEFINITIONS")) { /* statements until END PROPERTYDEFINITIONS */
            while (!is(d, "END")) TRY(want(d, NULL));
            TRY(want(d, "PROPERTYDEFINITIONS"));
            continue;
        }
        while (k < COUNTOF(section) && !is(d, section[k].name)) k++;
        if (k < COUNTOF(section)) TRY(read_section(d, section[k].name, section[k].item));
        else if (is(d, "DESIGN")) {
            TRY(take_name(d, &d->design));
            TRY(skip_statement(d));
        } else if (is(d, "UNITS")) TRY(read_units(d));
        else TRY(skip_statement(d));
    }
    return def_bad(d, "DEF-0001", "no END DESIGN");
}

/* ---- cells ---------------------------------------------------------------------------------------------------- */

typedef struct {
    Map made;              /* cell id → 1: made here, pins are added as they are met */
    ARRAY(CellId) order;
} Masters;

static void make_masters(Def *d, Masters *m)
{
    for (uint32_t k = 0; k < d->comps.n; k++) {
        const char *name = db_name(d->db, d->comps.v[k].master);
        if (db_find_cell(d->db, name).i != CELL_NONE.i) continue;
        CellId c = db_add_cell(d->db, name, CELL_LEAF, NULL);
        map_set(&m->made, c.i, 1);
        arr_push(&m->order, c);
    }
}

static void make_pin(Def *d, CellId c, NameId pin)
{
    const char *name = db_name(d->db, pin);
    if (db_find_net(d->db, c, name).i == NET_NONE.i) db_add_port(d->db, c, name, 1, DIR_INOUT, USE_SIGNAL);
}

static Status make_pins(Def *d, Masters *m)
{
    for (uint32_t k = 0; k < d->terms.n; k++) {
        const Term *t = &d->terms.v[k];
        uint32_t comp;
        if (t->any) {
            for (uint32_t q = 0; q < m->order.n; q++) make_pin(d, m->order.v[q], t->pin);
            continue;
        }
        if (!map_get(&d->comp_of, t->comp.i, &comp))
            return msg_error(ST_INPUT, "DEF-0005", (Loc){d->at.file, 0, 0}, "net %s: there is no component %s", db_name(d->db, d->nets.v[t->net]), db_name(d->db, t->comp));
        CellId c = db_find_cell(d->db, db_name(d->db, d->comps.v[comp].master));
        if (map_get(&m->made, c.i, NULL)) make_pin(d, c, t->pin);
    }
    return ST_OK;
}

/* DEF connects single bits, a NetRef a whole port by one index expression: a master that has a bus is refused. */
static Status connect(Def *d, CellId top, const NetId *net, uint32_t comp, NameId pin, uint32_t n, bool must)
{
    const char *master = db_name(d->db, d->comps.v[comp].master), *name = db_name(d->db, pin);
    CellId m = db_find_cell(d->db, master);
    NetId port = db_find_net(d->db, m, name);
    if (port.i == NET_NONE.i || port.i >= db_cell(d->db, m)->n_ports) {
        if (!must) return ST_OK;
        return msg_error(ST_INPUT, "DEF-0006", (Loc){d->at.file, 0, 0}, "cell %s has no pin %s", master, name);
    }
    if (db_cell(d->db, m)->nets.v[port.i].width > 1)
        return msg_error(ST_INPUT, "DEF-0006", (Loc){d->at.file, 0, 0}, "cell %s: port %s is a bus; masters must have scalar ports", master, name);
    NetRef old = db_conn(d->db, top, (InstId){comp}, port.i);
    if (old.net.i != NET_NONE.i && old.net.i != net[n].i)
        return msg_error(ST_INPUT, "DEF-0007", (Loc){d->at.file, 0, 0}, "pin %s of %s is on two nets", name, db_name(d->db, d->comps.v[comp].name));
    db_connect(d->db, top, (InstId){comp}, port, (NetRef){.net = net[n], .sk = 1});
    return ST_OK;
}

/* Ports of the design first, named as its pins; a net that no pin names is an inner one. Two pins on one net are refused. */
static Status make_nets(Def *d, CellId top, NetId *net)
{
    for (uint32_t k = 0; k < d->nets.n; k++) net[k] = NET_NONE;
    for (uint32_t k = 0; k < d->pins.n; k++) {
        uint32_t n = net_index(d, d->pin_nets.v[k]);
        const char *name = db_name(d->db, d->pins.v[k]);
        if (net[n].i != NET_NONE.i || db_find_net(d->db, top, name).i != NET_NONE.i)
            return msg_error(ST_INPUT, "DEF-0004", (Loc){d->at.file, 0, 0}, "pin %s: its net has another pin, or there are two of that name", name);
        net[n] = db_add_port(d->db, top, name, 1, d->dirs.v[k], USE_SIGNAL);
    }
    for (uint32_t k = 0; k < d->nets.n; k++) {
        const char *name = db_name(d->db, d->nets.v[k]);
        if (net[k].i != NET_NONE.i) continue;
        if (db_find_net(d->db, top, name).i != NET_NONE.i)
            return msg_error(ST_INPUT, "DEF-0004", (Loc){d->at.file, 0, 0}, "net %s is called like a pin of another net", name);
        net[k] = db_add_net(d->db, top, name, 1, USE_SIGNAL);
    }
    return ST_OK;
}

static Status make_design(Def *d)
{
    Masters m = {0};
    for (uint32_t k = 0; k < d->pins.n; k++) net_index(d, d->pin_nets.v[k]); /* pins whose net is not listed */
    make_masters(d, &m);
    Status st = make_pins(d, &m);
    const char *name = db_name(d->db, d->design);
    if (st == ST_OK && db_find_cell(d->db, name).i != CELL_NONE.i)
        st = msg_error(ST_INPUT, "DEF-0003", d->at, "cell %s is in the database already", name);
    NetId *net = mem_calloc((size_t)d->nets.n + 1, sizeof *net);
    if (st == ST_OK) {
        CellId top = db_add_cell(d->db, name, CELL_BLOCK, NULL);
        st = make_nets(d, top, net);
        for (uint32_t k = 0; k < d->comps.n && st == ST_OK; k++) {
            const Comp *c = &d->comps.v[k];
            db_add_inst(d->db, top, db_name(d->db, c->name), db_find_cell(d->db, db_name(d->db, c->master)), c->at, c->orient, 1, 1, 0, 0);
        }
        for (uint32_t k = 0; k < d->terms.n && st == ST_OK; k++) {
            const Term *t = &d->terms.v[k];
            uint32_t comp = 0;
            if (!t->any) {
                map_get(&d->comp_of, t->comp.i, &comp);
                st = connect(d, top, net, comp, t->pin, t->net, true);
                continue;
            }
            for (comp = 0; comp < d->comps.n && st == ST_OK; comp++) st = connect(d, top, net, comp, t->pin, t->net, false);
        }
        d->db->top = top;
    }
    mem_free(net);
    map_free(&m.made);
    arr_free(&m.order);
    return st;
}

Status def_read(Db *db, const char *path)
{
    Buf file = {0};
    TRY(io_read(path, DEF_LIMIT, &file));
    Def d = {.db = db, .at = {path, 1, 0}, .p = file.s, .end = file.s + file.n, .num = 1, .den = 1};
    Status st = read_file(&d);
    if (st == ST_OK) st = make_design(&d);
    buf_free(&file);
    buf_free(&d.tok);
    arr_free(&d.comps);
    arr_free(&d.nets);
    arr_free(&d.pins);
    arr_free(&d.pin_nets);
    arr_free(&d.dirs);
    arr_free(&d.terms);
    map_free(&d.comp_of);
    map_free(&d.net_of);
    return st;
}
