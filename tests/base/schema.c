/* Units and the table-driven schema. */
#include "tests/base/common.h"

#include <math.h>

#include "gen/base/xml.h"

TEST(unit, are_exact)
{
    static const struct { const char *s; Unit u; double want; } ok[] = {
        {"45nm", U_LENGTH, 45e-9}, {"0.045um", U_LENGTH, 45e-9}, {"45e-3 um", U_LENGTH, 45e-9}, {"1.1nm", U_LENGTH, 1.1e-9},
        {"-5um", U_LENGTH, -5e-6}, {"+2mm", U_LENGTH, 2e-3}, {"0", U_LENGTH, 0}, {"0.0", U_CAP, 0}, {"0nm", U_LENGTH, 0},
        {"1.5um2", U_AREA, 1.5e-12}, {"0.8V", U_VOLTAGE, 0.8}, {"3mV", U_VOLTAGE, 3e-3}, {"7nA", U_CURRENT, 7e-9}, {"1ps", U_TIME, 1e-12},
        {"3GHz", U_FREQ, 3e9}, {"1.3fF", U_CAP, 1.3e-15}, {"2kohm", U_RES, 2e3}, {"0.3ohm/sq", U_RES_SQ, 0.3}, {"7fJ", U_ENERGY, 7e-15},
        {"9uW", U_POWER, 9e-6}, {"27C", U_TEMP, 27}, {"-40C", U_TEMP, -40}, {"1.9fF/um2", U_CAP_AREA, 1.9e-3}, {"0.2fF/um", U_CAP_LENGTH, 0.2e-9},
        {"1.1mV.um", U_AVT, 1.1e-9}, {"12.5%", U_PERCENT, 0.125}, {"1mA/um", U_CURRENT_LENGTH, 1e3}, {"2uA/um", U_CURRENT_LENGTH, 2},
        {"3.5", U_NONE, 3.5}, {"1e3", U_NONE, 1e3}, {"1e3nm", U_LENGTH, 1e-6}, {"1E+3nm", U_LENGTH, 1e-6}, {".5um", U_LENGTH, .5e-6},
        {"5\xc2\xb5m", U_LENGTH, 5e-6}, {"5\xce\xbcm", U_LENGTH, 5e-6}, {"100000000000000000000nm", U_LENGTH, 1e11}};
    for (size_t i = 0; i < COUNTOF(ok); i++) {
        double v = NAN;
        cr_assert(unit_parse(ok[i].s, ok[i].u, &v) && v == ok[i].want, "%s: %.17g", ok[i].s, v);
    }
}

TEST(unit, of_another_kind_or_none_are_refused)
{
    static const struct { const char *s; Unit u; } bad[] = {
        {"45", U_LENGTH}, {"45V", U_LENGTH}, {"45NM", U_LENGTH}, {"nm", U_LENGTH}, {"", U_LENGTH}, {" 45nm", U_LENGTH}, {"45nm ", U_LENGTH},
        {"45 nm x", U_LENGTH}, {"4,5nm", U_LENGTH}, {"0x10nm", U_LENGTH}, {"nannm", U_LENGTH}, {"infnm", U_LENGTH}, {"1e400nm", U_LENGTH},
        {"--1nm", U_LENGTH}, {"1-2nm", U_LENGTH}, {"1.2.3nm", U_LENGTH}, {"1e5", U_LENGTH}, {"1enm", U_LENGTH}, {"45nmm", U_LENGTH},
        {"0V", U_LENGTH}, {"1m", U_LENGTH}, {"45nm", U_AREA}, {"1mhz", U_FREQ}, {"5", U_PERCENT}, {"27K", U_TEMP}, {"27", U_TEMP},
        {"1nm", U_NONE}, {"1%", U_NONE}, {"1 ", U_NONE}, {"", U_NONE}, {"1fF/um", U_CAP_AREA}, {"1fF/um2", U_CAP_LENGTH}, {"1ohm", U_RES_SQ},
        {"1averyverylongunitname", U_LENGTH}, {"1e99999999999999999999nm", U_LENGTH}};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        double v;
        cr_assert(!unit_parse(bad[i].s, bad[i].u, &v), "%s", bad[i].s);
    }
}

TEST(unit, every_listed_unit_is_accepted)
{
    for (Unit u = U_LENGTH; u <= U_CURRENT_LENGTH; u++) {
        char list[100], *save, text[40];
        double v;
        snprintf(list, sizeof list, "%s", unit_name(u));
        for (char *w = strtok_r(list, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
            snprintf(text, sizeof text, "1%s", w);
            cr_assert(unit_parse(text, u, &v), "%s", text);
        }
    }
    cr_assert_str_eq(unit_name(U_NONE), "a plain number");
}

TEST(unit, lengths_on_the_grid)
{
    static const struct { const char *s; double dbu; int32_t want; } ok[] = {
        {"45nm", 1e-9, 45}, {"0.045um", 1e-9, 45}, {"45.000nm", 1e-9, 45}, {"45nm", 5e-10, 90}, {"0.5nm", 5e-10, 1}, {"-1.25um", 1e-9, -1250},
        {"1mm", 1e-9, 1000000}, {"0", 1e-9, 0}, {"0.000um", 1e-9, 0}, {"-0nm", 1e-9, 0}, {"1e3nm", 1e-9, 1000}, {"1073741823nm", 1e-9, 1073741823},
        {"5nm", 5e-9, 1}, {"0.00000000000000000001e20nm", 1e-9, 1}, {"100000000000000000000e-20nm", 1e-9, 1}, {"500pm", 5e-10, 1},
        {"-1073741823nm", 1e-9, -1073741823}, {"10050e-1nm", 1e-9, 1005}};
    for (size_t i = 0; i < COUNTOF(ok); i++) {
        int32_t v = -7;
        cr_assert(unit_parse_dbu(ok[i].s, ok[i].dbu, &v) && v == ok[i].want, "%s: %d", ok[i].s, v);
    }
    static const struct { const char *s; double dbu; } bad[] = {
        {"45.5nm", 1e-9}, {"45.000000000000001nm", 1e-9}, {"44.999999999999999999nm", 1e-9}, {"0.25nm", 5e-10}, {"1073741824nm", 1e-9},
        {"-1073741824nm", 1e-9}, {"2mm", 1e-12}, {"1e300nm", 1e-9}, {"45", 1e-9}, {"45V", 1e-9}, {"1nm", 0}, {"1nm", -1e-9}, {"3nm", 5e-9},
        {"1000000000.001nm", 1e-9}, {"99999999999999999999999nm", 1e-9}};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        int32_t v;
        cr_assert(!unit_parse_dbu(bad[i].s, bad[i].dbu, &v), "%s", bad[i].s);
    }
}

/* ---- schema ----------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    int32_t count, width, kind;
    double cap;
    bool on;
} Thing;

static const char *const kinds[] = {"horizontal", "vertical", NULL};
static const Field fields[] = {
    {.attr = "name", .type = T_STRING, .offset = offsetof(Thing, name), .required = true, .help = "what it is called"},
    {.attr = "count", .type = T_INT, .offset = offsetof(Thing, count), .lo = 1, .hi = 9},
    {.attr = "width", .type = T_DBU, .offset = offsetof(Thing, width), .lo = 20, .hi = 1000},
    {.attr = "kind", .type = T_ENUM, .offset = offsetof(Thing, kind), .words = kinds},
    {.attr = "cap", .type = T_REAL, .unit = U_CAP, .offset = offsetof(Thing, cap), .lo = 1e-16, .hi = 1e-12},
    {.attr = "on", .type = T_BOOL, .offset = offsetof(Thing, on)},
    {0}};

static Arena g_arena;

static Status read_thing(const char *attrs, Thing *t)
{
    char text[600];
    XmlNode *root;
    snprintf(text, sizeof text, "\n<thing %s/>", attrs);
    cr_assert_eq(xml_parse(&g_arena, "t.xml", text, strlen(text), &root), ST_OK, "%s", text);
    return schema_read(&g_arena, root, fields, 1e-9, t);
}

TEST(schema, values_and_defaults)
{
    Thing t = {.count = 5, .cap = 7};
    cr_assert_eq(read_thing("name='a&amp;b' width='0.045um' kind='vertical' on='true' xmlns='u' xml:lang='en'", &t), ST_OK);
    cr_assert_str_eq(t.name, "a&b");
    cr_assert(t.count == 5 && t.width == 45 && t.kind == 1 && t.on && t.cap == 7);
    cr_assert_eq(read_thing("name='' count='9' cap='1fF' on='false'", &t), ST_OK);
    cr_assert(t.count == 9 && t.cap == 1e-15 && !t.on && *t.name == 0);
    cr_assert_eq(read_thing("name='x' cap='1pF' count='1' width='20nm'", &t), ST_OK, "bounds are allowed");
    arena_free(&g_arena);
}

static void expect(const char *attrs, const char *want)
{
    Thing t = {.count = -1, .width = -1, .kind = -1, .cap = -1};
    msg_capture_begin();
    Status st = read_thing(attrs, &t);
    const char *told = msg_capture_end();
    cr_assert_eq(st, ST_INPUT, "%s", attrs);
    cr_assert_str_eq(told, want);
    cr_assert(t.count == -1 && t.width == -1 && t.kind == -1 && t.cap == -1 && !t.on, "a refused value is not stored");
}

TEST(schema, every_message)
{
    expect("", "t.xml:2: error: <thing> lacks the attribute name (what it is called) [SCH-0001]\n");
    expect("name='x' widht='1nm'", "t.xml:2: error: <thing> has no attribute widht; did you mean width? [SCH-0002]\n");
    expect("name='x' zzz='1'", "t.xml:2: error: <thing> has no attribute zzz [SCH-0002]\n");
    expect("name='x' count='1.5'", "t.xml:2: error: <thing> count=\"1.5\": a whole number is needed [SCH-0003]\n");
    expect("name='x' cap='1'", "t.xml:2: error: <thing> cap=\"1\": a number with its unit is needed: F, nF, pF, fF, aF [SCH-0003]\n");
    expect("name='x' width='3V'", "t.xml:2: error: <thing> width=\"3V\": a length with its unit is needed: nm, um, mm [SCH-0003]\n");
    expect("name='x' on='yes'", "t.xml:2: error: <thing> on=\"yes\": true or false is needed [SCH-0003]\n");
    expect("name='x' count='10'", "t.xml:2: error: <thing> count=\"10\": out of range, 1 to 9 is allowed [SCH-0004]\n");
    expect("name='x' count='3000000000'", "t.xml:2: error: <thing> count=\"3000000000\": out of range of a 32-bit number [SCH-0004]\n");
    expect("name='x' cap='2pF'", "t.xml:2: error: <thing> cap=\"2pF\": out of range, 1e-16 to 1e-12 in SI units is allowed [SCH-0004]\n");
    expect("name='x' width='19nm'", "t.xml:2: error: <thing> width=\"19nm\": out of range, 20 to 1000 database units is allowed [SCH-0004]\n");
    expect("name='x' width='2000mm'", "t.xml:2: error: <thing> width=\"2000mm\": out of range, a coordinate is below 2^30 database units [SCH-0004]\n");
    expect("name='x' kind='vertcal'", "t.xml:2: error: <thing> kind=\"vertcal\": one of horizontal, vertical is needed; did you mean vertical? [SCH-0005]\n");
    expect("name='x' kind=''", "t.xml:2: error: <thing> kind=\"\": one of horizontal, vertical is needed [SCH-0005]\n");
    expect("name='x' width='45.5nm'", "t.xml:2: error: <thing> width=\"45.5nm\": not a multiple of the database unit, 1 nm [SCH-0006]\n");
    expect("count='0' other='1'", "t.xml:2: error: <thing> lacks the attribute name (what it is called) [SCH-0001]\n"
                                "t.xml:2: error: <thing> count=\"0\": out of range, 1 to 9 is allowed [SCH-0004]\n"
                                "t.xml:2: error: <thing> has no attribute other [SCH-0002]\n");
    arena_free(&g_arena);
}

TEST(schema, children)
{
    static const char *const names[] = {"layer", "via", NULL};
    XmlNode *root;
    static const char text[] = "<t><layer/><via/><layre/>\n<foo/></t>";
    cr_assert_eq(xml_parse(&g_arena, "t.xml", text, strlen(text), &root), ST_OK);
    msg_capture_begin();
    cr_assert_eq(schema_children(root, names), ST_INPUT);
    cr_assert_str_eq(msg_capture_end(), "t.xml:1: error: <layre> does not belong in <t>; did you mean layer? [SCH-0007]\n"
                                        "t.xml:2: error: <foo> does not belong in <t> [SCH-0007]\n");
    cr_assert_eq(schema_children(root->child, names), ST_OK);
    arena_free(&g_arena);
}
