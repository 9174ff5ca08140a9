/* Judging a drawn cell once per content. */
#include "gen/judge.h"

#include "gen/judge_id.h"

#include <stdlib.h>

#define VERDICT_LIMIT 100u

/* False: the technology is not that of a file, nothing is to be kept. */
static bool key_of(const Db *db, const Tech *t, const Judged *x, char key[65])
{
    if (!t->sha256[0]) return false;
    Buf b = {0};
    buf_printf(&b, "%s\n%s\n%d\n", JUDGE_ID, t->sha256, x->whole);
    db_describe_all(db, x->cell, &b);
    sha256_hex(b.s, b.n, key);
    buf_free(&b);
    return true;
}

void judge_rules(const Db *db, const Tech *t, Judged *x)
{
    char key[65];
    Buf kept = {0};
    bool keep = key_of(db, t, x, key);
    if (keep && keep_get(key, "drc", VERDICT_LIMIT, &kept)) {
        buf_free(&kept);
        return;
    }
    drc_run(db, t, x->cell, &x->drc);
    if (x->drc.v.n == 0 && x->whole) {
        drc_free(&x->drc);
        drc_whole(db, t, x->cell, &x->drc);
    }
    if (keep && x->drc.v.n == 0) keep_put(key, "drc", "clean", 5);
    buf_free(&kept);
}

void judge_devices(const Db *db, const Tech *t, Judged *x)
{
    char key[65], text[24];
    Buf kept = {0};
    bool keep = key_of(db, t, x, key);
    if (keep && keep_get(key, "lvs", VERDICT_LIMIT, &kept)) {
        x->lvs.drawn = strtoull(kept.s, NULL, 10);
        buf_free(&kept);
        return;
    }
    lvs_devices(db, x->cell, db, x->cell, t, &x->lvs);
    snprintf(text, sizeof text, "%llu", (unsigned long long)x->lvs.drawn);
    if (keep && x->lvs.n_diff == 0) keep_put(key, "lvs", text, strlen(text));
    buf_free(&kept);
}

void judge_free(Judged *x)
{
    drc_free(&x->drc);
    lvs_devices_free(&x->lvs);
}
