/* check on a technology: what it is, what can be done with it, what it still lacks. */
#include "gen/check_tech.h"

#include "cells/circuit.h"
#include "cells/corners.h"
#include "cells/draw.h"
#include "gen/base/io.h"

/* The reason alone, of "file: error: reason [ID]". */
static const char *reason(Arena *a, const char *told)
{
    const char *p = strstr(told, "error: ");
    p = p ? p + 7 : told;
    return arena_printf(a, "%.*s", (int)strcspn(p, "\n"), p);
}

static void say(const char *what, const char *text) { printf("  %-11s %s\n", what, text); }

static void say_draw(Arena *a, const Tech *t)
{
    msg_capture_begin();
    Status st = draw_ready(t, true);
    const char *told = msg_capture_end();
    say("draw", st == ST_OK ? "ready: all roles and rules of the front end" : reason(a, told));
}

/* Of a PDK: whether all its files are where the user says. */
static void say_models(Arena *a, const Tech *t)
{
    if (!t->model_of_pdk) return;
    Buf text = {0};
    msg_capture_begin();
    Status st = tech_models(t, &text);
    const char *told = msg_capture_end();
    say("models", st == ST_OK ? arena_printf(a, "of a PDK, %.1f MB", (double)text.n * 1e-6) : reason(a, told));
    buf_free(&text);
}

/* Variants that the circuits offer and cells.xml has no figures of. */
static void say_cells(Arena *a, const Tech *t)
{
    CellLibrary want = {0}, have = {0};
    const char *path = io_join(a, t->dir, "cells.xml");
    cells_variants(t, &want);
    if (!io_exists(path)) {
        say("cells", arena_printf(a, "none of %u variants is characterised: apugen characterize --tech %s", want.v.n, t->name));
        cells_library_free(&want);
        return;
    }
    msg_capture_begin();
    Status st = cells_library_read_file(t, path, &have);
    const char *told = msg_capture_end();
    if (st != ST_OK) say("cells", reason(a, told));
    Buf missing = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; st == ST_OK && i < want.v.n; i++) {
        bool found = false;
        for (uint32_t k = 0; k < have.v.n; k++)
            found |= str_eq(have.v.v[k].function, want.v.v[i].function) && str_eq(have.v.v[k].variant, want.v.v[i].variant);
        if (!found) buf_printf(&missing, "%s %s %s", n++ ? "," : "", want.v.v[i].function, want.v.v[i].variant);
    }
    if (st == ST_OK && n == 0) say("cells", arena_printf(a, "all %u variants characterised", want.v.n));
    if (st == ST_OK && n) say("cells", arena_printf(a, "%u of %u variants characterised; without figures:%s", want.v.n - n, want.v.n, missing.s));
    buf_free(&missing);
    if (st == ST_OK) cells_library_free(&have);
    cells_library_free(&want);
}

static void say_corners(Arena *a, const Tech *t)
{
    if (t->corners.n == 0) {
        say("corners", "no <corner>: cells are judged at typical only");
        return;
    }
    CellCorners c;
    msg_capture_begin();
    Status st = cells_corners_read(t, &c);
    const char *told = msg_capture_end();
    if (st != ST_OK) say("corners", reason(a, told));
    else if (c.c.n) say("corners", arena_printf(a, "cells simulated at %u points", c.c.n));
    else say("corners", arena_printf(a, "not simulated: apugen characterize --corners sign-off --tech %s", t->name));
    if (st == ST_OK) cells_corners_free(&c);
}

Status check_tech(const char *path)
{
    Tech t = {0};
    TRY(tech_read(path, &t));
    Arena a = {0};
    printf("%s: technology %s: %s, %u layers, %u devices\n", path, t.name, t.title, t.layers.n, t.devices.n);
    say_draw(&a, &t);
    say_models(&a, &t);
    say_cells(&a, &t);
    say_corners(&a, &t);
    arena_free(&a);
    tech_free(&t);
    return ST_OK;
}
