/* SPICE and DEF readers: what they understand, what they refuse and with which message; hostile text never crashes them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "gen/db/db.h"

static char path[200], other[200];

static void put_file(const char *p, const char *text, size_t n)
{
    FILE *f = fopen(p, "wb");
    cr_assert(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

static Status read_text(Db *db, const char *text, size_t n, Status (*reader)(Db *, const char *))
{
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/apugen-test-%ld-net.txt", dir ? dir : "/tmp", (long)getpid());
    put_file(path, text, n);
    db_init(db, "t", "t", 1e-9, 1);
    Status st = reader(db, path);
    unlink(path);
    return st;
}

static const char good_sp[] =
    "* title\n"
    ".model n1 nmos level=54\n"
    ".subckt dev d g s b w=1u l=20n\n"
    "M1 d g s b core w={w} l={l}\n"
    ".ends\n"
    ".model core PMOS level=54\n"
    "+ vth0=0.3\n"
    ".subckt top A[0] A[1] Y VDD VSS\n"
    "Xi0 A[0] mid VDD\n"
    "+ VSS inv ; behind\n"
    "* between\n"
    "Xi1 mid Y VDD VSS inv\n"
    "Cx A[1] 0 1.5f\n"
    "Rx mid mid:1 50\n"
    "Cp:mid:0 mid:1 VSS c=2e-15\n"
    ".ends top\n"
    ".SUBCKT inv in out vp vn\n"
    "Mn out in vn vn n1 w=0.1u l = 20n m=2 ad=1p\n"
    "Xn out in vp vp dev w=200n L=20N $ pull up\n"
    "R1 in out 1k\n"
    ".ENDS\n"
    ".end\n";

Test(spice, hierarchy_devices_numbers)
{
    Db db;
    cr_assert_eq(read_text(&db, good_sp, sizeof good_sp - 1, spice_read), ST_OK);
    cr_assert_eq(db_check(&db), ST_OK);
    cr_assert_eq(db.cells.n, 2, "the device subcircuit is no cell");
    const DbCell *inv = &db.cells.v[0], *top = &db.cells.v[1];
    cr_assert_str_eq(db_name(&db, inv->name), "inv");
    cr_assert_eq(db.top.i, 1);
    cr_assert(inv->kind == CELL_LEAF && top->kind == CELL_BLOCK && inv->n_ports == 4 && top->n_ports == 5);
    cr_assert_eq(inv->devices.n, 3);
    const DbDevice *n = &inv->devices.v[0], *p = &inv->devices.v[1], *r = &inv->devices.v[2];
    cr_assert(n->kind == DEV_NMOS && n->w == 100 && n->l == 20 && n->m == 2 && n->t[0].net.i == 1 && n->t[1].net.i == 0 && n->t[3].net.i == 3);
    cr_assert(p->kind == DEV_PMOS && p->w == 200 && p->l == 20 && p->m == 1);
    cr_assert_str_eq(db_name(&db, p->model), "dev");
    cr_assert_str_eq(db_name(&db, n->name), "n");
    cr_assert_str_eq(db_name(&db, p->name), "Xn", "its letter stays where the name is taken");
    cr_assert_float_eq(r->value, 1000, 1e-9);
    cr_assert_eq(top->insts.n, 2);
    cr_assert_eq(top->n_flat, 2);
    NetRef y = db_conn(&db, db.top, (InstId){1}, 1);
    cr_assert_str_eq(db_name(&db, top->nets.v[y.net.i].name), "Y");
    cr_assert_eq(db_conn(&db, db.top, (InstId){0}, 1).net.i, db_conn(&db, db.top, (InstId){1}, 0).net.i);
    cr_assert_float_eq(top->devices.v[0].value, 1.5e-15, 1e-24);
    cr_assert_float_eq(top->devices.v[2].value, 2e-15, 1e-24);
    cr_assert_neq(db_find_net(&db, db.top, "mid:1").i, NET_NONE.i);
    cr_assert_eq(db.cells.v[1].nets.v[db_find_net(&db, db.top, "0").i].use, USE_GROUND);
    db_free(&db);
    cr_assert_eq(mem_live(), 0);
}

Test(spice, include_beside_the_file)
{
    Db db;
    const char *dir = getenv("TMPDIR");
    snprintf(other, sizeof other, "%s/apugen-test-%ld-inc.sp", dir ? dir : "/tmp", (long)getpid());
    const char *inc = ".subckt leaf A B\nR1 A B 5meg\n.ends\n";
    put_file(other, inc, strlen(inc));
    char text[400];
    snprintf(text, sizeof text, "some title line\n.include \"apugen-test-%ld-inc.sp\"\n.subckt t X Y\nX1 X Y leaf\n.ends\n", (long)getpid());
    cr_assert_eq(read_text(&db, text, strlen(text), spice_read), ST_OK);
    cr_assert_eq(db.cells.n, 2);
    cr_assert_float_eq(db.cells.v[0].devices.v[0].value, 5e6, 1);
    unlink(other);
    db_free(&db);
}

static void refused(const char *text, const char *id, Status (*reader)(Db *, const char *))
{
    Db db;
    msg_capture_begin();
    Status st = read_text(&db, text, strlen(text), reader);
    const char *told = msg_capture_end();
    cr_assert_neq(st, ST_OK, "accepted: %s", text);
    cr_assert(strstr(told, id), "%s: wanted %s, got %s", text, id, told);
    db_free(&db);
}

Test(spice, what_is_refused)
{
    refused(".include \"nowhere.sp\"\n", "IO-0001", spice_read);
    refused("+ a b\n", "SPI-0002", spice_read);
    refused(".subckt\n", "SPI-0003", spice_read);
    refused(".subckt a x\n.ends\n.subckt a x\n.ends\n", "SPI-0004", spice_read);
    refused(".subckt a x x\n.ends\n", "SPI-0004", spice_read);
    refused(".subckt a x\nR1 x x 1\nR1 x x 1\nR1 x x 1\n.ends\n", "SPI-0004", spice_read);
    refused("*\nR1 x x 1\n", "SPI-0005", spice_read);
    refused(".subckt a x\n", "SPI-0006", spice_read);
    refused(".subckt a x\n.subckt b x\n.ends\n.ends\n", "SPI-0006", spice_read);
    refused(".global x\n", "SPI-0007", spice_read);
    refused(".param w=1u\n.model n nmos\n.subckt a x\nM1 x x x x n w={w} l=1u\n.ends\n", "SPI-0009", spice_read);
    refused(".param w=1u\n.model n nmos\n.subckt a x\nM1 x x x x n w=w l=1u\n.ends\n", "SPI-00", spice_read);
    refused(".param r=1\n.subckt a x\nR1 x 0 r\n.ends\n", "SPI-0012", spice_read);
    refused(".subckt a x\nV1 x 0 1\n.ends\n", "SPI-0007", spice_read);
    refused(".subckt a x\nM1 x x x x nomodel w=1u l=1u\n.ends\n", "SPI-0008", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x x n w=1u l=1u nf=2\n.ends\n", "SPI-0009", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x x n w={2*w} l=1u\n.ends\n", "SPI-0009", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x x n w=1u\n.ends\n", "SPI-0010", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x x n w=0.3n l=1u\n.ends\n", "SPI-0010", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x x n w=1u l=1u m=1.5\n.ends\n", "SPI-0010", spice_read);
    refused(".model n nmos\n.subckt a x\nM1 x x x n w=1u l=1u\n.ends\n", "SPI-0011", spice_read);
    refused(".subckt a x\nR1 x 0 {r}\n.ends\n", "SPI-0012", spice_read);
    refused(".subckt a x\nR1 x 0 1mil\n.ends\n", "SPI-0012", spice_read);
    refused(".subckt a x\n.ends\n.subckt b x\nX1 x x a\n.ends\n", "SPI-0013", spice_read);
    refused(".subckt b x\nX1 x a\n.ends\n", "SPI-0014", spice_read);
    refused(".subckt b x\nX1 x b\n.ends\n", "SPI-0014", spice_read);
}

/* ---- DEF ---------------------------------------------------------------------------------------------------- */

static const char good_def[] =
    "VERSION 5.8 ;\nDIVIDERCHAR \"/\" ;\nBUSBITCHARS \"[]\" ;\nDESIGN chip ;\n# comment ;\nUNITS DISTANCE MICRONS 2000 ;\n"
    "PROPERTYDEFINITIONS\n DESIGN x STRING \"a b\" ;\nEND PROPERTYDEFINITIONS\n"
    "DIEAREA ( 0 0 ) ( 2000 2000 ) ;\nTRACKS X 0 DO 5 STEP 10 LAYER M1 ;\n"
    "VIAS 1 ;\n- V1_40x40 + RECT M1 ( -20 -20 ) ( 20 20 ) ;\nEND VIAS\n"
    "COMPONENTS 3 ;\n- a/u\\[0\\]\\[1\\] inv + PLACED ( 200 400 ) FS ;\n- b inv ;\n- c buf + FIXED ( 0 0 ) N ;\nEND COMPONENTS\n"
    "PINS 2 ;\n- A[0] + NET A[0] + DIRECTION INPUT + USE SIGNAL\n + PORT + LAYER M1 ( 0 0 ) ( 40 40 ) + PLACED ( 0 0 ) N ;\n"
    "- VDD + NET VDD + SPECIAL + DIRECTION INOUT ;\nEND PINS\n"
    "SPECIALNETS 1 ;\n- VDD ( PIN VDD ) ( * VDD )\n + RECT M1 ( 0 0 ) ( 10 10 ) + USE POWER ;\nEND SPECIALNETS\n"
    "NETS 2 ;\n- A[0] ( PIN A[0] ) ( a/u\\[0\\]\\[1\\] in ) ( c in )\n + ROUTED M1 ( 0 0 ) ( 100 * ) V1_40x40 ;\n"
    "- a/mid ( a/u\\[0\\]\\[1\\] out ) ( b in + SYNTHESIZED ) + USE ANALOG ;\nEND NETS\nEND DESIGN\n";

Test(def, components_pins_nets)
{
    Db db;
    cr_assert_eq(read_text(&db, good_def, sizeof good_def - 1, def_read), ST_OK);
    cr_assert_eq(db_check(&db), ST_OK);
    cr_assert_eq(db.cells.n, 3);
    const DbCell *inv = &db.cells.v[0], *top = &db.cells.v[2];
    cr_assert_str_eq(db_name(&db, top->name), "chip");
    cr_assert_eq(inv->n_ports, 3);
    cr_assert_eq(top->insts.n, 3);
    const DbInst *u = &top->insts.v[0];
    cr_assert_str_eq(db_name(&db, u->name), "a/u[0][1]");
    cr_assert(u->at.x == 100 && u->at.y == 200 && u->orient == ORI_FS, "2000 units per µm, 1 nm per dbu");
    cr_assert_eq(top->n_ports, 2);
    cr_assert_eq(top->nets.v[0].dir, DIR_IN);
    CellId t = {2};
    NetId vdd = db_find_net(&db, t, "VDD"), a = db_find_net(&db, t, "A[0]"), mid = db_find_net(&db, t, "a/mid");
    for (uint32_t k = 0; k < 3; k++) {
        NetId port = db_find_net(&db, top->insts.v[k].master, "VDD");
        cr_assert_eq(db_conn(&db, t, (InstId){k}, port.i).net.i, vdd.i);
    }
    CellId ic = {0};
    cr_assert_eq(db_conn(&db, t, (InstId){0}, db_find_net(&db, ic, "in").i).net.i, a.i);
    cr_assert_eq(db_conn(&db, t, (InstId){1}, db_find_net(&db, ic, "in").i).net.i, mid.i);
    cr_assert_eq(db_conn(&db, t, (InstId){1}, db_find_net(&db, ic, "out").i).net.i, NET_NONE.i);
    db_free(&db);
    cr_assert_eq(mem_live(), 0);
}

Test(def, what_is_refused)
{
#define HEAD "DESIGN t ;\nUNITS DISTANCE MICRONS 2000 ;\n"
#define COMP "COMPONENTS 1 ;\n- u inv ;\nEND COMPONENTS\n"
    refused(HEAD, "DEF-0001", def_read);
    refused("END DESIGN\n", "DEF-0001", def_read);
    refused(HEAD "COMPONENTS 1 ;\n- u inv + PLACED ( 2 2 ) Q ;\nEND COMPONENTS\nEND DESIGN\n", "DEF-0001", def_read);
    refused(HEAD "COMPONENTS 1 ;\n- u inv + PLACED ( 1 2 ) N ;\nEND COMPONENTS\nEND DESIGN\n", "DEF-0002", def_read);
    refused(HEAD "COMPONENTS 2 ;\n- u inv ;\n- u inv ;\nEND COMPONENTS\nEND DESIGN\n", "DEF-0003", def_read);
    refused(HEAD "PINS 1 ;\n- p ;\nEND PINS\nEND DESIGN\n", "DEF-0004", def_read);
    refused(HEAD COMP "NETS 1 ;\n- n ( v in ) ;\nEND NETS\nEND DESIGN\n", "DEF-0005", def_read);
    refused(HEAD COMP "NETS 2 ;\n- n ( u in ) ;\n- m ( u in ) ;\nEND NETS\nEND DESIGN\n", "DEF-0007", def_read);
}

/* ---- hostile text ------------------------------------------------------------------------------------------------- */

static void mutate(const char *good, size_t n, Status (*reader)(Db *, const char *), uint64_t seed)
{
    Rng r = rng_make(seed, 0);
    char *text = mem_alloc(n + 1);
    int64_t live = mem_live();
    for (int k = 0; k < 3000; k++) {
        memcpy(text, good, n);
        size_t len = n;
        for (uint32_t q = rng_below(&r, 4); q > 0; q--) text[rng_below(&r, (uint32_t)n)] = " \n+.*=({;[0X-)\\"[rng_below(&r, 16)];
        if (k % 3 == 0) len = rng_below(&r, (uint32_t)n);
        Db db;
        msg_capture_begin();
        Status st = read_text(&db, text, len, reader);
        const char *told = msg_capture_end();
        if (st == ST_OK) cr_assert_eq(db_check(&db), ST_OK, "%.*s", (int)len, text);
        else cr_assert(strstr(told, "error"), "silent");
        db_free(&db);
        cr_assert_eq(mem_live(), live);
    }
    mem_free(text);
}

Test(spice, mutated, .timeout = 120) { mutate(good_sp, sizeof good_sp - 1, spice_read, 3); }
Test(def, mutated, .timeout = 120) { mutate(good_def, sizeof good_def - 1, def_read, 4); }
