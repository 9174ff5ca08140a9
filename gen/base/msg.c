/*
 * Messages on stderr: errors, warnings, information, progress, and the two ends of the program (die, abort).
 *
 * Invariant: one message is one write, so threads never mix their lines; control characters from an input file
 * never reach the terminal. Data go to stdout, never through here.
 */
#include "gen/base/base.h"
#include "gen/base/io.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAPTURE_MAX = 1 << 20, PROGRESS_HZ = 10 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static MsgLevel g_level = MSG_NORMAL;
static bool g_no_progress, g_progress_shown;
static _Atomic bool g_capturing;
static double g_progress_time;
static Buf g_captured;

void msg_level(MsgLevel level)
{
    pthread_mutex_lock(&g_lock);
    g_level = level;
    pthread_mutex_unlock(&g_lock);
}

static MsgLevel level_now(void)
{
    pthread_mutex_lock(&g_lock);
    MsgLevel l = g_level;
    pthread_mutex_unlock(&g_lock);
    return l;
}

static bool on_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && !str_eq(term, "dumb");
}

static bool in_colour(void)
{
    const char *no = getenv("NO_COLOR"); /* no-color.org: set and not empty */
    return on_terminal() && !(no && *no);
}

/* A write to stderr that fails has nowhere to be told. */
static void to_stderr(const char *s, size_t n)
{
    while (n) {
        ssize_t k = write(STDERR_FILENO, s, n);
        if (k <= 0) return;
        s += k;
        n -= (size_t)k;
    }
}

static const char CLEAR_LINE[] = "\r\033[K";

/* One line, already complete but for its end. */
static void emit(Buf *line, bool keep_in_capture)
{
    buf_char(line, '\n');
    pthread_mutex_lock(&g_lock);
    if (g_capturing) {
        if (keep_in_capture && g_captured.n + line->n <= CAPTURE_MAX) buf_put(&g_captured, line->s, line->n);
    } else {
        if (g_progress_shown) to_stderr(CLEAR_LINE, sizeof CLEAR_LINE - 1);
        g_progress_shown = false;
        to_stderr(line->s, line->n);
    }
    pthread_mutex_unlock(&g_lock);
    buf_free(line);
}

static void append_text(Buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    assert(n >= 0);
    char *s = mem_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    for (char *p = s; *p; p++)
        if (((unsigned char)*p < 32 && *p != '\n' && *p != '\t') || *p == 127) *p = '?';
    buf_str(b, s);
    mem_free(s);
}

static void PRINTF_LIKE(2, 3) append_clean(Buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(b, fmt, ap);
    va_end(ap);
}

static void report(const char *kind, const char *colour, const char *id, Loc loc, const char *fmt, va_list ap)
{
    Buf b = {0};
    bool paint = !g_capturing && in_colour();
    if (loc.file && *loc.file) {
        append_clean(&b, "%s:", loc.file);
        if (loc.line > 0) buf_printf(&b, "%d:", loc.line);
        if (loc.line > 0 && loc.col > 0) buf_printf(&b, "%d:", loc.col);
        buf_char(&b, ' ');
    }
    buf_printf(&b, "%s%s:%s ", paint ? colour : "", kind, paint ? "\033[0m" : "");
    append_text(&b, fmt, ap);
    if (id && *id) buf_printf(&b, " [%s]", id);
    emit(&b, true);
}

Status msg_error(Status st, const char *id, Loc loc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report("error", "\033[1;31m", id, loc, fmt, ap);
    va_end(ap);
    return st;
}

void msg_warn(const char *id, Loc loc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report("warning", "\033[1;33m", id, loc, fmt, ap);
    va_end(ap);
}

void msg_info(const char *fmt, ...)
{
    if (level_now() == MSG_QUIET) return;
    Buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    append_text(&b, fmt, ap);
    va_end(ap);
    emit(&b, false);
}

void msg_verbose(const char *fmt, ...)
{
    if (level_now() != MSG_VERBOSE) return;
    Buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    append_text(&b, fmt, ap);
    va_end(ap);
    emit(&b, false);
}

void msg_capture_begin(void)
{
    pthread_mutex_lock(&g_lock);
    g_capturing = true;
    buf_free(&g_captured);
    pthread_mutex_unlock(&g_lock);
}

const char *msg_capture_end(void)
{
    /* A buffer of its own outside mem.c's count: a test that captures must still end with mem_live() == 0. */
    static char *kept;
    pthread_mutex_lock(&g_lock);
    g_capturing = false;
    free(kept);
    kept = strdup(g_captured.s ? g_captured.s : "");
    buf_free(&g_captured);
    pthread_mutex_unlock(&g_lock);
    if (!kept) die(ST_LIMIT, "out of memory");
    return kept;
}

/* ---- progress ------------------------------------------------------------------------------- */

void msg_progress_mode(bool never)
{
    pthread_mutex_lock(&g_lock);
    g_no_progress = never;
    pthread_mutex_unlock(&g_lock);
}

void msg_progress(const char *what, uint64_t done, uint64_t total)
{
    if (!on_terminal()) return;
    char line[160];
    double now = clock_seconds();
    bool last = done >= total;
    pthread_mutex_lock(&g_lock);
    bool skip = g_no_progress || g_level == MSG_QUIET || g_capturing ||
                (!last && g_progress_shown && now - g_progress_time < 1.0 / PROGRESS_HZ);
    if (!skip) {
        double part = total ? (double)done / (double)total : 1.0;
        int n = snprintf(line, sizeof line, "%s%.80s %3.0f%% (%llu of %llu)%s", CLEAR_LINE, what, 100 * part,
                         (unsigned long long)done, (unsigned long long)total, last ? "\n" : "");
        if (n > 0) to_stderr(line, strlen(line));
        g_progress_time = now;
        g_progress_shown = !last;
    }
    pthread_mutex_unlock(&g_lock);
}

/* ---- the end -------------------------------------------------------------------------------- */

/* No lock, no allocation and no exit handlers here: memory may be gone, and other threads still run. */
void die(Status st, const char *fmt, ...)
{
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&dying))
        for (;;) pause(); /* another thread is already ending the program */
    char line[1024] = "error: ";
    size_t k = strlen(line);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line + k, sizeof line - k - 1, fmt, ap);
    va_end(ap);
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127) *p = '?';
    k = strlen(line);
    line[k] = '\n';
    out_discard_all();
    to_stderr(line, k + 1);
    _exit(st);
}

static void on_abort(int sig)
{
    static const char text[] = "error: internal error: this is a bug in apugen, please report it [BUG]\n";
    (void)sig;
    out_discard_all();
    to_stderr(text, sizeof text - 1);
    _exit(ST_INTERNAL);
}

/* Interrupted: no temporary file stays behind, and the caller sees the signal as the cause. */
static void on_interrupt(int sig)
{
    out_discard_all();
    signal(sig, SIG_DFL);
    raise(sig);
}

void msg_install_handlers(void)
{
    struct sigaction sa = {.sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGABRT, &sa, NULL);
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < COUNTOF(ends); i++) {
        struct sigaction before;
        sigaction(ends[i], NULL, &before);
        sa.sa_handler = on_interrupt;
        if (before.sa_handler != SIG_IGN) sigaction(ends[i], &sa, NULL); /* nohup stays in force */
    }
}
