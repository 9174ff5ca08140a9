/*
 * Text buffers and number parsing.
 *
 * Invariant: numbers are written and read in the C locale whatever the process or thread has set, so the same
 * bytes come out everywhere.
 */
#include "gen/base/base.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static locale_t g_c_locale;
static pthread_once_t g_c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    g_c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (g_c_locale == (locale_t)0) die(ST_LIMIT, "cannot make the C locale");
}

static locale_t c_locale(void)
{
    pthread_once(&g_c_locale_once, make_c_locale);
    return g_c_locale;
}

/* Room for n more bytes and the terminator. */
static void buf_room(Buf *b, size_t n)
{
    size_t need;
    if (__builtin_add_overflow(b->n, n, &need) || need > PTRDIFF_MAX / 2) die(ST_LIMIT, "a text is too long");
    need++;
    if (need <= b->cap) return;
    size_t cap = b->cap < 32 ? 64 : b->cap * 2;
    if (cap < need) cap = need;
    b->s = mem_resize(b->s, cap);
    b->cap = cap;
}

void buf_put(Buf *b, const char *s, size_t n)
{
    buf_room(b, n);
    if (n) memcpy(b->s + b->n, s, n);
    b->n += n;
    b->s[b->n] = 0;
}

void buf_str(Buf *b, const char *s) { buf_put(b, s, strlen(s)); }

void buf_char(Buf *b, char c) { buf_put(b, &c, 1); }

void buf_printf(Buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(b->s ? b->s + b->n : NULL, b->s ? b->cap - b->n : 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if (!b->s || (size_t)n >= b->cap - b->n) {
        buf_room(b, (size_t)n);
        vsnprintf(b->s + b->n, b->cap - b->n, fmt, again);
    }
    va_end(again);
    b->n += (size_t)n;
}

void buf_free(Buf *b)
{
    mem_free(b->s);
    *b = (Buf){0};
}

void buf_double(Buf *b, double x)
{
    /* The sign of a NaN differs between processors and compilers: never write it. */
    if (isnan(x)) { buf_str(b, "nan"); return; }
    if (isinf(x)) { buf_str(b, x < 0 ? "-inf" : "inf"); return; }
    /*
     * Any decimal of up to DBL_DIG = 15 digits survives the way through a normal double (C11 5.2.4.2.2), so if a
     * shorter text exists, %.15g prints it; below the normal range digits are fewer, and every length is tried.
     */
    int first = x == 0 || fabs(x) >= DBL_MIN ? DBL_DIG : 1;
    char text[40];
    locale_t before = uselocale(c_locale());
    for (int digits = first; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    uselocale(before);
    buf_str(b, text);
}

bool str_eq(const char *a, const char *b) { return strcmp(a, b) == 0; }

bool str_starts(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

static const char *skip_digits(const char *s)
{
    while (*s >= '0' && *s <= '9') s++;
    return s;
}

bool str_to_i64(const char *s, int64_t *out)
{
    const char *digits = s + (*s == '-' || *s == '+');
    const char *end = skip_digits(digits);
    if (end == digits || *end) return false;
    errno = 0;
    long long v = strtoll(s, NULL, 10);
    if (errno) return false;
    *out = v;
    return true;
}

bool str_to_double(const char *s, double *out)
{
    /* strtod also takes white space, hexadecimal, "inf" and "nan(…)": the grammar is checked here. */
    const char *p = s + (*s == '-' || *s == '+');
    const char *whole = p;
    p = skip_digits(p);
    ptrdiff_t digits = p - whole;
    if (*p == '.') {
        const char *fraction = ++p;
        p = skip_digits(p);
        digits += p - fraction;
    }
    if (digits == 0) return false;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        const char *exponent = p;
        p = skip_digits(p);
        if (p == exponent) return false;
    }
    if (*p) return false;
    double v = strtod_l(s, NULL, c_locale());
    if (!isfinite(v)) return false;
    *out = v;
    return true;
}
