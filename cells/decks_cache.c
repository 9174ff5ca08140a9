/*
 * Kept results of decks, so that a run that was cut off or a changed cell costs only what is new. The key is the content: simulator,
 * transistor cards and text of the deck; a result is the measurements, as text. Only decks that finished are kept.
 * Folder: $APUGEN_CACHE, else $XDG_CACHE_HOME/apugen, else $HOME/.cache/apugen; an empty APUGEN_CACHE means none.
 */
#include "cells/characterize_int.h"

#include <stdlib.h>
#include <unistd.h>

#define RESULT_LIMIT (1u << 20)

static bool folder(Arena *a, const char **out)
{
    const char *own = getenv("APUGEN_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own) *out = own;
    else if (xdg && *xdg) *out = io_join(a, xdg, "apugen");
    else if (home && *home) *out = io_join(a, home, ".cache/apugen");
    else *out = "";
    return **out;
}

static const char *path_of(Arena *a, const char *dir, const CharDeck *d, const char *models, const char *simulator)
{
    char key[65];
    const char *all = arena_printf(a, "%s %s %s", simulator, models, d->sha256);
    sha256_hex(all, strlen(all), key);
    return io_join(a, dir, arena_printf(a, "%s.meas", key));
}

void char_cache_open(void)
{
    Arena a = {0};
    const char *dir;
    if (folder(&a, &dir)) (void)io_mkdir(dir);
    arena_free(&a);
}

bool char_cache_get(CharDeck *d, const char *models, const char *simulator)
{
    Arena a = {0};
    Buf text = {0};
    const char *dir;
    bool found = false;
    if (folder(&a, &dir)) {
        const char *path = path_of(&a, dir, d, models, simulator);
        found = io_exists(path) && io_read(path, RESULT_LIMIT, &text) == ST_OK && text.n;
        if (found) char_parse(d, text.s);
    }
    buf_free(&text);
    arena_free(&a);
    return found;
}

void char_cache_put(const CharDeck *d, const char *models, const char *simulator)
{
    Arena a = {0};
    const char *dir;
    Out *o = NULL;
    if (folder(&a, &dir) && access(dir, W_OK) == 0 && out_open(path_of(&a, dir, d, models, simulator), &o) == ST_OK) {
        out_printf(o, "* %s\n", d->name);
        for (uint32_t i = 0; i < d->meas.n; i++) out_printf(o, "%s = %.17g\n", d->meas.v[i].name, d->meas.v[i].value);
        /* A full disk costs the next run time, nothing else; out_commit has said so. */
        (void)out_commit(o, NULL, NULL);
    }
    arena_free(&a);
}
