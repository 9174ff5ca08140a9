/*
 * Kept results: one file per result, KEY.KIND, the sha256 of what follows in its first line. A file that is cut off or changed is as good
 * as none; one that cannot be written costs the next run its time, nothing else.
 */
#include "gen/base/io.h"

#include <stdlib.h>
#include <unistd.h>

static bool folder(Arena *a, const char **out)
{
    const char *own = getenv("APUGEN_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own) *out = own;
    else if (xdg && *xdg) *out = io_join(a, xdg, "apugen");
    else if (home && *home) *out = io_join(a, home, ".cache/apugen");
    else *out = "";
    return **out;
}

void keep_open(void)
{
    Arena a = {0};
    const char *dir;
    if (folder(&a, &dir)) (void)io_mkdir(dir);
    arena_free(&a);
}

bool keep_get(const char *key, const char *kind, size_t limit, Buf *out)
{
    Arena a = {0};
    const char *dir;
    char sum[65];
    bool found = false;
    buf_free(out); /* io_read begins anew */
    const char *path = folder(&a, &dir) ? io_join(&a, dir, arena_printf(&a, "%s.%s", key, kind)) : "";
    if (io_exists(path) && io_read(path, limit + 65, out) == ST_OK && out->n > 65) {
        sha256_hex(out->s + 65, out->n - 65, sum);
        found = memcmp(sum, out->s, 64) == 0;
        memmove(out->s, out->s + 65, out->n - 65 + 1);
        out->n -= 65;
    }
    if (!found) out->n = 0;
    arena_free(&a);
    return found;
}

void keep_put(const char *key, const char *kind, const void *p, size_t n)
{
    Arena a = {0};
    const char *dir;
    char sum[65];
    Out *o = NULL;
    if (folder(&a, &dir) && access(dir, W_OK) == 0 && out_open(io_join(&a, dir, arena_printf(&a, "%s.%s", key, kind)), &o) == ST_OK) {
        sha256_hex(p, n, sum);
        out_printf(o, "%s\n", sum);
        out_write(o, p, n);
        (void)out_commit(o, NULL, NULL); /* which says if it could not */
    }
    arena_free(&a);
}
