/* What became of each node of the network: its layer, the host's part, a constant. For the profile; nothing is computed from it. */
#include "mapper/map.h"

static const char *shape_of(Arena *a, const GValue *v)
{
    Buf b = {0};
    for (uint32_t i = 0; i < v->rank; i++) buf_printf(&b, "%s%lld", i ? "x" : "", (long long)v->dim[i]);
    const char *s = arena_str(a, b.n ? b.s : "1");
    buf_free(&b);
    return s;
}

static int64_t constants(const Graph *g, const GNode *n)
{
    int64_t sum = 0;
    bool weights = n->op == OP_CONV || n->op == OP_GEMM || n->op == OP_MATMUL || n->op == OP_BATCHNORM || n->op == OP_ADD || n->op == OP_SUB || n->op == OP_MUL || n->op == OP_DIV;
    for (uint32_t k = 0; weights && k < n->n_in; k++)
        if (n->in[k] != G_NONE && g->values.v[n->in[k]].f) sum += g->values.v[n->in[k]].count;
    return sum;
}

static int64_t macs_of(const Graph *g, const GNode *n)
{
    const GValue *y = &g->values.v[n->out], *w = n->n_in > 1 && n->in[1] != G_NONE ? &g->values.v[n->in[1]] : NULL;
    if (n->op == OP_CONV && w) return y->count * (w->count / w->dim[0]);
    if (n->op == OP_GEMM && w) return y->count * w->dim[n->trans_b ? 1 : 0];
    if (n->op == OP_MATMUL && w) return y->count * w->dim[w->rank > 1 ? w->rank - 2 : 0];
    return 0;
}

/* The layer of a table, or of one that has been made of it. */
static uint32_t table_layer(const Fuse *f, uint32_t at)
{
    uint32_t tensor = f->tables.v[at].tensor;
    while (at < f->tables.n && (f->tables.v[at].tensor != tensor || f->tables.v[at].layer == G_NONE)) at++;
    return at < f->tables.n ? f->tables.v[at].layer : G_NONE;
}

void map_nodes(const Fuse *f, const QVal *taken, MapNodes *out)
{
    const Graph *g = f->g;
    *out = (MapNodes){0};
    for (uint32_t i = 0; i < g->nodes.n; i++) {
        const GNode *n = &g->nodes.v[i];
        MapNode m = {.name = arena_str(&out->arena, n->name), .op = op_name(n->op), .shape = shape_of(&out->arena, &g->values.v[n->out]), .where = "", .layer = G_NONE};
        m.params = n->folded ? 0 : constants(g, n);
        m.macs = n->folded ? 0 : macs_of(g, n);
        QKind kind = taken[i].kind;
        if (kind == Q_PENDING) m.layer = f->pending.v[taken[i].i].layer;
        else if (kind == Q_TABLE) m.layer = table_layer(f, taken[i].i);
        else if (kind != Q_NONE) m.layer = f->maker.v[taken[i].i];
        if (n->folded) m.where = "constant";
        else if (n->op == OP_SOFTMAX && kind != Q_NONE) m.where = "host";
        else if (m.layer != G_NONE) m.where = "layer";
        else if ((kind == Q_TENSOR || kind == Q_CODES) || (kind == Q_NONE && op_is_view(n->op) && f->p->input != G_NONE)) m.where = "input";
        arr_push(&out->v, m);
    }
}

void map_nodes_free(MapNodes *n)
{
    arr_free(&n->v);
    arena_free(&n->arena);
}
