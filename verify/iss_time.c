/*
 * Clocks. A CONV is stepped clock by clock through the machines that work at the same time: the writer, which puts rows on the bus, the APUs,
 * the collector, the ring, and the host, which loads weights meanwhile. Everything else takes a number of clocks that follows from its sizes.
 * Written from docs/isa.md; GHDL on the emitted VHDL must agree to the clock.
 */
#include "verify/iss_int.h"

enum { DRAIN = 8 }; /* what is under way to the feature maps gets there */

typedef enum { W_IDLE, W_CHECK, W_ROWS, W_MVM } Writer;
typedef enum { C_IDLE, C_SEEK, C_DATA } Collector;
typedef enum { BUS_NONE, BUS_ROW, BUS_MVM, BUS_READ } Bus;

typedef struct {
    bool run_m, run_r, bank, bank_m, q_valid, q_bank, m_bank, r_valid, r_run, r_bank;
    bool done[2], pipe[2], out; /* out: its word on the ring */
    uint32_t left, r_left;      /* clocks of the MVM, columns of the READ */
} Apu;

/* The host's words for the next cycle: per APU and row of four planes an address, then columns. */
typedef struct {
    bool active;
    uint32_t core, row, word;
} Host;

typedef struct {
    const Iss *s;
    IssClocks *c;
    Apu apu[ISS_APUS];
    const IssTile *tile[ISS_APUS];
    Bus bus;
    uint32_t bus_apu;
    Host host;
    bool w_ready;
    uint64_t now;
    uint32_t loads, load_at; /* LOADs that store, in all and so far */
} Clock;

/* ---- host --------------------------------------------------------------------------------------------------- */

/* One write; true if it takes the bus. */
static bool host_write(Clock *k)
{
    Host *h = &k->host;
    const Iss *s = k->s;
    if (!h->active) return false;
    if (h->core == s->n_apus) { /* the last word: they are there */
        h->active = false;
        k->w_ready = true;
        return false;
    }
    const IssApu *a = &s->apu[h->core];
    bool bus = h->word > 0;
    if (h->word++ == (a->cols + 15) / 16) {
        h->word = 0;
        if (++h->row == a->rows * 4) h->row = 0, h->core++;
    }
    return bus;
}

static void host_begin(Clock *k) { k->host = (Host){.active = true}; }

static void idle(Clock *k, uint64_t n)
{
    k->now += n;
    while (n-- && k->host.active) host_write(k);
}

/* While BUSY is low nobody waits for it. */
static void host_finish(Clock *k)
{
    while (k->host.active) host_write(k);
}

/* ---- an APU -------------------------------------------------------------------------------------------------- */

static void apu_clock(Clock *k, uint32_t n, bool ring_in)
{
    Apu *a = &k->apu[n], old = *a;
    bool mine = k->bus_apu == n;
    a->run_m = mine && k->bus == BUS_MVM;
    a->run_r = mine && k->bus == BUS_READ;
    if (a->run_m) {
        a->bank_m = a->bank;
        a->bank = !a->bank;
    }
    bool set[2] = {false, false}, clear[2] = {false, false};
    if (old.left > 0) {
        k->c->apu[n]++;
        if (--a->left == 0) set[old.m_bank] = true;
    } else if (old.q_valid) {
        a->q_valid = false;
        a->m_bank = old.q_bank;
        a->left = k->tile[n]->mvm;
    }
    if (old.run_m) {
        a->q_valid = true;
        a->q_bank = old.bank_m;
    }
    if (old.run_r) {
        a->r_valid = true;
        a->r_left = k->tile[n]->cols;
    }
    a->pipe[0] = false;
    a->pipe[1] = old.pipe[0];
    if (!old.r_run) {
        if (old.r_valid && old.done[old.r_bank]) {
            a->r_valid = false;
            a->r_run = true;
            clear[old.r_bank] = true;
        }
    } else {
        a->pipe[0] = true;
        if (--a->r_left == 0) {
            a->r_run = false;
            a->r_bank = !old.r_bank;
        }
    }
    for (int b = 0; b < 2; b++) a->done[b] = (old.done[b] || set[b]) && !clear[b];
    a->out = old.pipe[1] || ring_in;
}

/* ---- CONV ---------------------------------------------------------------------------------------------------- */

typedef struct {
    Writer w;
    Collector c;
    uint32_t w_slot, c_slot, w_row, got;
    uint32_t w_jump;                  /* row behind a run of dummies, once their number is known; 0: none */
    uint32_t round;                   /* times all tiles have been begun, up to 2: both banks have their dummies then */
    uint32_t used[ISS_APUS], sent[ISS_APUS];
    struct { Bus kind; uint32_t slot; } p1, p2;
    uint32_t tiles;                   /* of them in order: slots */
    uint32_t slot[ISS_APUS];
    uint64_t w_left, c_left;          /* tile positions still to begin, to collect; not part of what repeats */
} Conv;

/* The row that goes to the bus two clocks later. Of a run of dummies the first tells how many follow, when the one behind it is under way already. */
static Bus next_row(const Clock *k, Conv *v, const IssTile *t)
{
    if (v->w_jump) {
        v->w_row = v->w_jump;
        v->w_jump = 0;
        return BUS_NONE;
    }
    uint32_t e = k->s->sec[SEC_ROWT][t->row_table + v->w_row++];
    if (v->round < 2 || !row_is_dummy(e)) return BUS_ROW;
    v->w_jump = e >> 16 ? v->w_row + (e >> 16) : 0;
    return BUS_NONE;
}

/* One clock; true when the last word has come. */
static bool conv_clock(Clock *k, Conv *v)
{
    const IssTile *ct = k->tile[v->slot[v->c_slot]];
    bool ring = k->apu[k->s->n_apus - 1].out, host = host_write(k), read = v->c == C_SEEK && v->sent[v->c_slot] > 0, go = !host && !read, end = false;
    Bus bus = BUS_NONE;
    uint32_t bus_apu = 0;
    if (go) {
        uint32_t tile = v->w_slot;
        Bus kind = BUS_NONE;
        switch (v->w) {
        case W_IDLE: break;
        case W_CHECK:
            if (v->used[tile] < 2) {
                v->used[tile]++;
                v->w_row = v->w_jump = 0;
                v->w = W_ROWS;
            } else {
                k->c->wait_apu++;
            }
            break;
        case W_ROWS:
            kind = next_row(k, v, k->tile[v->slot[tile]]);
            if (v->w_row == k->tile[v->slot[tile]]->rows) v->w = W_MVM;
            break;
        case W_MVM:
            kind = BUS_MVM;
            v->w_slot = (tile + 1) % v->tiles;
            if (v->w_slot == 0 && v->round < 2) v->round++;
            v->w = --v->w_left ? W_CHECK : W_IDLE;
            break;
        }
        bus = v->p2.kind;
        bus_apu = v->slot[v->p2.slot];
        if (bus == BUS_MVM) v->sent[v->p2.slot]++;
        v->p2 = v->p1;
        v->p1.kind = kind;
        v->p1.slot = tile;
    } else if (v->w != W_IDLE || v->p1.kind || v->p2.kind) {
        k->c->wait_bus++;
    }
    if (read && !host) {
        bus = BUS_READ;
        bus_apu = v->slot[v->c_slot];
        v->got = 0;
        v->c = C_DATA;
    } else if (v->c == C_DATA && ring) {
        k->c->ring++;
        if (++v->got == ct->cols) {
            v->used[v->c_slot]--;
            v->sent[v->c_slot]--;
            v->c_slot = (v->c_slot + 1) % v->tiles;
            v->c = --v->c_left ? C_SEEK : C_IDLE;
            end = v->c == C_IDLE;
        }
    }
    for (uint32_t n = k->s->n_apus; n-- > 0;) apu_clock(k, n, n > 0 && k->apu[n - 1].out);
    if (bus) k->c->bus++;
    k->bus = bus;
    k->bus_apu = bus_apu;
    k->now++;
    return end;
}

/* What decides how it goes on, but for the positions that are left. */
typedef struct {
    Conv v;
    Apu apu[ISS_APUS];
    Bus bus;
    uint32_t bus_apu;
} State;

static void state_of(const Clock *k, const Conv *v, State *out)
{
    memset(out, 0, sizeof *out);
    memcpy(&out->v, v, sizeof *v);
    out->v.w_left = out->v.c_left = 0;
    memcpy(out->apu, k->apu, sizeof k->apu);
    out->bus = k->bus;
    out->bus_apu = k->bus_apu;
}

/* Two positions that ended in the same state: all that follow cost the same, up to the last, which begin differently. */
static void repeat(Clock *k, Conv *v, const IssClocks *before, uint64_t clocks, uint64_t w_before)
{
    uint64_t begun = w_before - v->w_left;
    if (begun != v->tiles || v->w_left <= 2 * (uint64_t)v->tiles) return;
    uint64_t n = v->w_left / v->tiles - 2;
    uint64_t *c[] = {&k->c->bus, &k->c->ring, &k->c->wait_apu, &k->c->wait_bus};
    const uint64_t was[] = {before->bus, before->ring, before->wait_apu, before->wait_bus};
    for (size_t i = 0; i < COUNTOF(c); i++) *c[i] += n * (*c[i] - was[i]);
    for (uint32_t i = 0; i < k->s->n_apus; i++) k->c->apu[i] += n * (k->c->apu[i] - before->apu[i]);
    k->now += n * clocks;
    v->w_left -= n * v->tiles;
    v->c_left -= n * v->tiles;
}

/* What the analog side does for a tile: what its energy is reckoned from. */
static void count(const Iss *s, const IssTile *t, uint64_t positions, IssClocks *c)
{
    uint64_t chunks = (t->rows + t->chunk - 1) / t->chunk * t->repeats, rows = 0; /* samples of a digit */
    for (uint32_t i = 0; i < t->rows; i++) rows += !row_is_dummy(s->sec[SEC_ROWT][t->row_table + i]);
    c->samplings += positions * t->digits * chunks;
    c->conversions += positions * t->digits * chunks * s->apu[t->apu].cols;
    c->row_events += positions * t->digits * t->repeats * rows;
    c->digit_macs += positions * t->digits * t->repeats * rows * t->cols;
    c->mvm[t->apu] += positions;
    c->xw[t->apu] += positions * rows + (positions < 2 ? positions : 2) * (t->rows - rows);
    c->words[t->apu] += positions * t->cols;
    c->sampled[t->apu] += positions * t->digits * chunks;
    c->driven[t->apu] += positions * t->digits * t->repeats * rows;
    c->fm_reads += positions * rows;
    for (uint32_t o = 0; o < t->n_outs; o++) c->results += t->last[o] ? positions : 0;
}

static void conv(Clock *k, const IssOp *op)
{
    Conv v;
    memset(&v, 0, sizeof v);
    v.w = W_CHECK, v.c = C_SEEK, v.tiles = op->n_tiles;
    for (uint32_t i = 0; i < op->n_tiles; i++) {
        v.slot[i] = op->tile[i].apu;
        k->tile[op->tile[i].apu] = &op->tile[i];
    }
    v.w_left = v.c_left = (uint64_t)op->reg[REG_PLANE] * (op->n_tiles / op->copies);
    uint64_t results = k->c->results;
    for (uint32_t i = 0; i < op->n_tiles; i++) count(k->s, &op->tile[i], iss_positions(op, &op->tile[i]), k->c);
    k->c->looked_up += op->through ? k->c->results - results : 0;
    State now, before = {0};
    IssClocks was = *k->c;
    uint64_t left = v.c_left, at = k->now, w_left = v.w_left;
    while (!conv_clock(k, &v)) {
        if (v.c_left == left || v.c_left % v.tiles || k->host.active) continue;
        state_of(k, &v, &now);
        if (memcmp(&now, &before, sizeof now) == 0) repeat(k, &v, &was, k->now - at, w_left);
        left = v.c_left, at = k->now, w_left = v.w_left;
        was = *k->c;
        before = now;
    }
    k->bus = BUS_NONE;
}

/* ---- the program ------------------------------------------------------------------------------------------------ */

/* Weights of the cycle are in the crossbars already, or from the weight memories, once they are there. */
static void load_weights(Clock *k, bool held)
{
    if (held) {
        idle(k, 1);
        return;
    }
    uint32_t rows = 0;
    for (uint32_t n = 0; n < k->s->n_apus; n++)
        if (k->s->apu[n].rows > rows) rows = k->s->apu[n].rows;
    while (!k->w_ready) {
        k->c->wait_weights++;
        idle(k, 1);
    }
    k->w_ready = false;
    idle(k, 1 + (uint64_t)rows * 4 * 5 + 3);
    if (++k->load_at < k->loads) host_begin(k);
}

static uint64_t digital(const IssOp *op)
{
    const int32_t *g = op->reg;
    switch (op->op) {
    case INS_POOL: return (uint64_t)g[REG_OC] * (uint64_t)g[REG_OUT_H] * (uint64_t)g[REG_OUT_W] * (uint64_t)g[REG_KH] * (uint64_t)g[REG_KW] + DRAIN;
    case INS_ADD: return 2 * (uint64_t)g[REG_COUNT] + DRAIN;
    case INS_COPY: return (uint64_t)g[REG_COUNT] + DRAIN;
    default: return 0;
    }
}

/* What POOL, ADD or COPY writes into the feature maps. */
static uint64_t words_out(const IssOp *op)
{
    const int32_t *g = op->reg;
    return op->op == INS_POOL ? (uint64_t)g[REG_OC] * (uint64_t)g[REG_OUT_H] * (uint64_t)g[REG_OUT_W] : (uint64_t)g[REG_COUNT];
}

/* From a start with `held` in the crossbars (UINT32_MAX: nothing); the weights of the first LOAD that stores are in the weight memories. */
static void inference(const Iss *s, uint32_t *held, IssClocks *c)
{
    Clock k = {.s = s, .c = c};
    uint32_t in = *held;
    for (uint32_t i = 0; i < s->ops.n; i++)
        if (s->ops.v[i].op == INS_LOAD && s->ops.v[i].operand != in) in = s->ops.v[i].operand, k.loads++;
    k.w_ready = k.loads > 0;
    for (uint32_t i = 0; i < s->ops.n; i++) {
        const IssOp *op = &s->ops.v[i];
        uint64_t t0 = k.now;
        idle(&k, 2); /* fetch, decode */
        if (op->op == INS_LOAD) {
            load_weights(&k, *held == op->operand);
            *held = op->operand;
        } else if (op->op == INS_CONV) {
            conv(&k, op);
            idle(&k, DRAIN);
        } else if (op->op == INS_PAGE || op->op == INS_HALT) {
            host_finish(&k);
            c->pages += op->op == INS_PAGE;
        } else {
            uint64_t n = digital(op);
            idle(&k, n);
            c->digital += n;
            c->fm_reads += n ? n - DRAIN : 0;
            c->results += n ? words_out(op) : 0;
            c->looked_up += n && op->through ? words_out(op) : 0;
        }
        c->instructions++;
        c->layer[op->layer] += k.now - t0;
    }
    c->clocks = k.now;
    c->loads = k.loads;
}

void iss_clocks(const Iss *s, IssClocks *c)
{
    uint32_t held = UINT32_MAX;
    for (int steady = 0; steady < 2; steady++) {
        uint64_t first = steady ? c->clocks : 0;
        if (steady) iss_clocks_free(c);
        *c = (IssClocks){.apus = s->n_apus, .first = first, .layer = mem_calloc((size_t)s->n_sec[SEC_LAYR] + 1, sizeof *c->layer)};
        inference(s, &held, c);
    }
}

void iss_clocks_free(IssClocks *c)
{
    mem_free(c->layer);
    *c = (IssClocks){0};
}
