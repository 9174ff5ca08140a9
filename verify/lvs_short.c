/*
 * Where do two nets touch? In the extracted nets that hold pins of several nets, every pin shape is labelled with its net; labels
 * spread from shape to touching shape, breadth first; where two labels meet is a short's place. Each pair of nets is told once,
 * at the first place found (order of shapes, so always the same).
 */
#include "verify/lvs_int.h"

typedef struct {
    Lvs *v;
    Bins *bins;            /* [layer] over the layer's suspect shapes */
    Boxes *box;            /* [layer] */
    uint32_t **node;       /* [layer][k]: node of suspect shape k */
    uint32_t *label;       /* [node]: net, or LVS_NONE; only of suspects */
    const bool *bad;
    ARRAY(uint32_t) queue;
    Map seen;              /* pair of nets */
    Indices hit;
} Search;

static bool suspect(const Search *s, uint32_t node) { return s->bad[s->v->set[node]]; }

static void gather(Search *s)
{
    const Lvs *v = s->v;
    for (uint32_t k = 0; k < v->db->layers.n; k++) {
        Indices nodes = {0};
        for (uint32_t n = v->off[k]; n < v->off[k + 1]; n++) {
            if (!suspect(s, n)) continue;
            arr_push(&s->box[k].b, v->box[n]);
            arr_push(&nodes.v, n);
        }
        s->node[k] = nodes.v.v;
        bins_make(&s->bins[k], s->box[k].b.v, s->box[k].b.n, 0, 1, 6);
    }
}

static void label_pin(void *ctx, uint32_t node, Box placed, uint32_t term)
{
    Search *s = ctx;
    (void)placed;
    if (term == LVS_NONE || !suspect(s, node)) return;
    s->label[node] = s->v->term_net.v[term];
    arr_push(&s->queue, node);
}

static uint32_t layer_of(const Lvs *v, uint32_t node)
{
    uint32_t k = 0;
    while (v->off[k + 1] <= node) k++;
    return k;
}

static void tell(Search *s, uint32_t layer, uint32_t a, uint32_t b, Box x, Box y)
{
    uint32_t lo = a < b ? a : b, hi = a < b ? b : a;
    uint64_t key = (uint64_t)lo << 32 | hi;
    if (map_get(&s->seen, key, &(uint32_t){0})) return;
    map_set(&s->seen, key, 1);
    LvsReport *out = s->v->out;
    if (out->n_shorts++ >= LVS_STORE_MAX) return;
    Box c = {x.x0 > y.x0 ? x.x0 : y.x0, x.y0 > y.y0 ? x.y0 : y.y0, x.x1 < y.x1 ? x.x1 : y.x1, x.y1 < y.y1 ? x.y1 : y.y1};
    LvsShort r = {lvs_net_name(s->v, lo), lvs_net_name(s->v, hi), {layer}, c};
    arr_push(&out->shorts, r);
}

static void spread_to_layer(Search *s, uint32_t node, uint32_t layer, bool same)
{
    const Lvs *v = s->v;
    s->hit.v.n = 0;
    bins_query(&s->bins[layer], v->box[node], &s->hit);
    for (uint32_t k = 0; k < s->hit.v.n; k++) {
        uint32_t other = s->node[layer][s->hit.v.v[k]];
        Box a = v->box[node], b = v->box[other];
        if (other == node || !(same ? box_joined(a, b) : box_overlap(a, b))) continue;
        if (s->label[other] == LVS_NONE) {
            s->label[other] = s->label[node];
            arr_push(&s->queue, other);
        } else if (s->label[other] != s->label[node]) {
            tell(s, layer, s->label[node], s->label[other], a, b);
        }
    }
}

static void spread(Search *s)
{
    const Db *db = s->v->db;
    for (uint32_t q = 0; q < s->queue.n; q++) {
        uint32_t node = s->queue.v[q], own = layer_of(s->v, node);
        const DbLayer *l = &db->layers.v[own];
        for (uint32_t k = 0; k < db->layers.n; k++) {
            const DbLayer *m = &db->layers.v[k];
            bool up = l->kind == LAYER_METAL && m->kind == LAYER_CUT && (m->level == l->level || m->level + 1 == l->level);
            bool down = l->kind == LAYER_CUT && m->kind == LAYER_METAL && (l->level == m->level || l->level + 1 == m->level);
            if ((k == own && l->kind == LAYER_METAL) || up || down) spread_to_layer(s, node, k, k == own);
        }
    }
}

void lvs_locate_shorts(Lvs *v, const bool *bad)
{
    uint32_t n = v->db->layers.n;
    Search s = {.v = v, .bad = bad};
    s.bins = mem_calloc(n, sizeof *s.bins);
    s.box = mem_calloc(n, sizeof *s.box);
    s.node = mem_calloc(n, sizeof *s.node);
    s.label = mem_calloc(v->n_shapes, sizeof *s.label);
    for (uint32_t k = 0; k < v->n_shapes; k++) s.label[k] = LVS_NONE;
    gather(&s);
    lvs_visit(v, label_pin, &s);
    spread(&s);
    assert(v->out->n_shorts > 0); /* on the way from one net's pin to another's the label changes somewhere */
    for (uint32_t k = 0; k < n; k++) {
        bins_free(&s.bins[k]);
        arr_free(&s.box[k].b);
        mem_free(s.node[k]);
    }
    mem_free(s.bins);
    mem_free(s.box);
    mem_free(s.node);
    mem_free(s.label);
    arr_free(&s.queue);
    arr_free(&s.hit.v);
    map_free(&s.seen);
}
