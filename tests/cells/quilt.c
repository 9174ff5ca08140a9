/* Brute-force geometry of tests/cells/quilt.h; O(pins²). */
#include "tests/cells/quilt.h"

static void tell(uint32_t n, const QuiltPin *a, const QuiltPin *b, const char *what, int64_t value)
{
    if (n > 10) return;
    fprintf(stderr, "  %s: M%d %s (%d %d %d %d)", what, a->level, a->label, a->box.x0, a->box.y0, a->box.x1, a->box.y1);
    if (b) fprintf(stderr, " and %s (%d %d %d %d)", b->label, b->box.x0, b->box.y0, b->box.x1, b->box.y1);
    fprintf(stderr, ": %lld\n", (long long)value);
}

void quilt_place(Quilt *q, CellId c, Pt at, Orient o, QuiltLabel label, int32_t k0, int32_t k1, int32_t k2)
{
    const DbCell *m = &q->db->cells.v[c.i];
    const int32_t k[3] = {k0, k1, k2};
    for (uint32_t i = 0; i < m->shapes.n; i++) {
        const DbShape *s = &m->shapes.v[i];
        if (s->kind != SHAPE_PIN) continue;
        QuiltPin p = {.level = q->db->layers.v[s->layer.i].level, .place = q->n_places, .net = s->net.i, .bit = s->bit};
        p.box = box_place(s->box, m->box.x1, m->box.y1, at, o);
        p.label = label(q, db_name(q->db, m->nets.v[s->net.i].name), s->bit, k);
        arr_push(&q->pins, p);
    }
    q->n_places++;
}

static int32_t gap1(int32_t a0, int32_t a1, int32_t b0, int32_t b1) { return b0 > a1 ? b0 - a1 : a0 > b1 ? a0 - b1 : 0; }

static int32_t narrow(Box b) { return b.x1 - b.x0 < b.y1 - b.y0 ? b.x1 - b.x0 : b.y1 - b.y0; }

static bool touch(const QuiltPin *a, const QuiltPin *b)
{
    return a->level == b->level && gap1(a->box.x0, a->box.x1, b->box.x0, b->box.x1) == 0 &&
           gap1(a->box.y0, a->box.y1, b->box.y0, b->box.y1) == 0;
}

uint32_t quilt_short_or_close(const Quilt *q)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->pins.n; i++)
        for (uint32_t k = 0; k < i; k++) {
            const QuiltPin *a = &q->pins.v[i], *b = &q->pins.v[k];
            if (a->level != b->level || str_eq(a->label, b->label)) continue;
            int64_t dx = gap1(a->box.x0, a->box.x1, b->box.x0, b->box.x1), dy = gap1(a->box.y0, a->box.y1, b->box.y0, b->box.y1);
            const TechLayer *m = tech_metal(q->t, a->level);
            int64_t sa = tech_space(m, narrow(a->box)), sb = tech_space(m, narrow(b->box)), s = sa > sb ? sa : sb;
            if (dx * dx + dy * dy < s * s) tell(++n, a, b, dx + dy == 0 ? "short" : "too close", dx + dy);
        }
    return n;
}

uint32_t quilt_off_grid(const Quilt *q)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->pins.n; i++) {
        Box b = q->pins.v[i].box;
        int32_t g = q->t->grid;
        if (b.x0 % g || b.x1 % g || b.y0 % g || b.y1 % g) tell(++n, &q->pins.v[i], NULL, "off grid", g);
    }
    return n;
}

static uint32_t root(uint32_t *up, uint32_t i)
{
    while (up[i] != i) i = up[i] = up[up[i]];
    return i;
}

static uint32_t *singles(uint32_t n)
{
    uint32_t *up = mem_calloc(n + 1, sizeof *up);
    for (uint32_t i = 0; i < n; i++) up[i] = i;
    return up;
}

uint32_t quilt_too_small(const Quilt *q)
{
    uint32_t n = 0, *up = singles(q->pins.n);
    for (uint32_t i = 0; i < q->pins.n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (touch(&q->pins.v[i], &q->pins.v[k])) {
                uint32_t a = root(up, i), b = root(up, k);
                up[a] = b;
            }
    int64_t *area = mem_calloc(q->pins.n + 1, sizeof *area);
    for (uint32_t i = 0; i < q->pins.n; i++) area[root(up, i)] += box_area(q->pins.v[i].box);
    for (uint32_t i = 0; i < q->pins.n; i++) {
        double least = tech_metal(q->t, q->pins.v[i].level)->min_area / (q->t->dbu_m * q->t->dbu_m);
        if (up[i] == i && (double)area[i] < least * (1 - 1e-9)) tell(++n, &q->pins.v[i], NULL, "too small", area[i]);
    }
    mem_free(area);
    mem_free(up);
    return n;
}

uint32_t quilt_open(const Quilt *q)
{
    uint32_t n = 0, *up = singles(q->pins.n);
    for (uint32_t i = 0; i < q->pins.n; i++)
        for (uint32_t k = 0; k < i; k++) {
            const QuiltPin *a = &q->pins.v[i], *b = &q->pins.v[k];
            bool port = a->place == b->place && a->net == b->net && a->bit == b->bit;
            if (port || touch(a, b)) {
                uint32_t ra = root(up, i), rb = root(up, k);
                up[ra] = rb;
            }
        }
    for (uint32_t i = 0; i < q->pins.n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(q->pins.v[i].label, q->pins.v[k].label) && root(up, i) != root(up, k)) {
                tell(++n, &q->pins.v[i], &q->pins.v[k], "open", 0);
                break;
            }
    mem_free(up);
    return n;
}

void quilt_free(Quilt *q)
{
    arr_free(&q->pins);
    arena_free(&q->arena);
}
