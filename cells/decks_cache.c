/*
 * Kept results of decks, so that a run that was cut off or a changed cell costs only what is new. The key is the content: simulator,
 * transistor cards and text of the deck; a result is the measurements, as text. Only decks that finished are kept.
 */
#include "cells/characterize_int.h"

#define RESULT_LIMIT (1u << 20)

static void key_of(char key[65], const CharDeck *d, const char *models, const char *simulator)
{
    Buf all = {0};
    buf_printf(&all, "%s %s %s", simulator, models, d->sha256);
    sha256_hex(all.s, all.n, key);
    buf_free(&all);
}

bool char_cache_get(CharDeck *d, const char *models, const char *simulator)
{
    Buf text = {0};
    char key[65];
    key_of(key, d, models, simulator);
    bool found = keep_get(key, "meas", RESULT_LIMIT, &text);
    if (found) char_parse(d, text.s);
    buf_free(&text);
    return found;
}

void char_cache_put(const CharDeck *d, const char *models, const char *simulator)
{
    Buf text = {0};
    char key[65];
    key_of(key, d, models, simulator);
    buf_printf(&text, "* %s\n", d->name);
    for (uint32_t i = 0; i < d->meas.n; i++) buf_printf(&text, "%s = %.17g\n", d->meas.v[i].name, d->meas.v[i].value);
    keep_put(key, "meas", text.s, text.n);
    buf_free(&text);
}
