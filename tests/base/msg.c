/* Messages as they reach stderr, and the two ends of the program. */
#include "tests/base/common.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "gen/base/io.h"
#include "tests/skip.h"

/* What fn writes to stderr and how it ends. */
static int stderr_of(void (*fn)(void), char *text, size_t size)
{
    int p[2];
    cr_assert_eq(pipe(p), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(p[1], 2);
        close(p[0]);
        fn();
        _exit(0);
    }
    close(p[1]);
    size_t n = 0;
    ssize_t k;
    while ((k = read(p[0], text + n, size - n - 1)) > 0) n += (size_t)k;
    text[n] = 0;
    close(p[0]);
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void all_forms(void)
{
    msg_error(ST_INPUT, "TECH-0012", (Loc){"a/tech.xml", 12, 7}, "width %d", 5);
    msg_error(ST_INPUT, "TECH-0012", (Loc){"a/tech.xml", 12, 0}, "x");
    msg_error(ST_INPUT, "TECH-0012", (Loc){"a/tech.xml", 0, 7}, "x");
    msg_error(ST_INPUT, NULL, (Loc){0}, "x");
    msg_warn("W-1", (Loc){"f", 1, 0}, "odd");
    msg_info("told");
    msg_verbose("hidden");
    msg_level(MSG_QUIET);
    msg_info("hidden");
    msg_error(ST_INPUT, "E", (Loc){0}, "still told");
    msg_level(MSG_VERBOSE);
    msg_verbose("detail");
    msg_progress("hidden", 1, 2);
}

TEST(msg, forms)
{
    char text[2000];
    cr_assert_eq(stderr_of(all_forms, text, sizeof text), 0);
    cr_assert_str_eq(text, "a/tech.xml:12:7: error: width 5 [TECH-0012]\n"
                           "a/tech.xml:12: error: x [TECH-0012]\n"
                           "a/tech.xml: error: x [TECH-0012]\n"
                           "error: x\n"
                           "f:1: warning: odd [W-1]\n"
                           "told\n"
                           "error: still told [E]\n"
                           "detail\n");
}

static void hostile(void) { msg_error(ST_INPUT, "X", (Loc){"f\033[2J", 1, 1}, "name %s", "\033]0;pwned\007\r\177é"); }

TEST(msg, control_characters_do_not_reach_the_terminal)
{
    char text[500];
    stderr_of(hostile, text, sizeof text);
    cr_assert_str_eq(text, "f?[2J:1:1: error: name ?]0;pwned???é [X]\n");
}

TEST(msg, status_passes_through_and_capture_collects)
{
    msg_capture_begin();
    cr_assert_eq(msg_error(ST_LIMIT, "A", (Loc){0}, "one"), ST_LIMIT);
    msg_warn("B", (Loc){0}, "two");
    msg_info("not an error");
    cr_assert_str_eq(msg_capture_end(), "error: one [A]\nwarning: two [B]\n");
    msg_capture_begin();
    cr_assert_str_eq(msg_capture_end(), "");
}

TEST(msg, capture_is_bounded)
{
    char big[10000];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = 0;
    msg_capture_begin();
    for (int i = 0; i < 1000; i++) msg_error(ST_INPUT, "A", (Loc){0}, "%s", big);
    cr_assert_leq(strlen(msg_capture_end()), 1u << 20);
}

static Status tell(void *ctx, uint32_t i)
{
    (void)ctx;
    return msg_error(ST_INPUT, "T", (Loc){0}, "%04u %0200d", i, 0);
}

static void many_threads(void) { par_for(200, 4, tell, NULL); }

TEST(msg, lines_of_threads_do_not_mix)
{
    static char text[200 * 300];
    stderr_of(many_threads, text, sizeof text);
    int lines = 0;
    for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1, lines++) cr_assert_eq(end - p, 4 + 1 + 200 + 7 + 4);
    cr_assert_eq(lines, 200);
}

static char g_dir[64];

static void die_with_output(void)
{
    Out *o;
    char path[100];
    snprintf(path, sizeof path, "%s/half", g_dir);
    if (out_open(path, &o) != ST_OK) _exit(1);
    out_str(o, "half");
    die(ST_IO, "cannot go on: %s", "line\nbreak");
}

static void abort_with_output(void)
{
    Out *o;
    char path[100];
    msg_install_handlers();
    snprintf(path, sizeof path, "%s/half", g_dir);
    if (out_open(path, &o) != ST_OK) _exit(1);
    abort();
}

static void interrupted_with_output(void)
{
    Out *o;
    char path[100];
    msg_install_handlers();
    snprintf(path, sizeof path, "%s/half", g_dir);
    if (out_open(path, &o) != ST_OK) _exit(1);
    raise(SIGTERM);
}

TEST(msg, no_end_of_the_program_leaves_half_an_output)
{
    char text[500];
    make_folder(g_dir);
    cr_assert_eq(stderr_of(die_with_output, text, sizeof text), ST_IO);
    cr_assert_str_eq(text, "error: cannot go on: line?break\n");
    cr_assert_eq(count_files(g_dir), 0);
    cr_assert_eq(stderr_of(abort_with_output, text, sizeof text), ST_INTERNAL);
    cr_assert(strstr(text, "internal error"));
    cr_assert_eq(count_files(g_dir), 0);
    cr_assert_eq(stderr_of(interrupted_with_output, text, sizeof text), 128 + SIGTERM);
    cr_assert_eq(count_files(g_dir), 0);
    remove_folder(g_dir);
}

/* ---- on a terminal ---------------------------------------------------------------------------- */

static void on_a_terminal(void)
{
    for (uint64_t i = 0; i <= 1000; i++) msg_progress("route", i, 1000);
    msg_progress("place", 1, 3);
    msg_error(ST_INPUT, "E", (Loc){0}, "red");
    msg_progress_mode(true);
    msg_progress("never", 1, 3);
}

static void terminal_output(char *text, size_t size, bool no_colour)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0) skip_test("no pseudo terminals here (/dev/pts is not mounted)");
    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(slave, 2);
        setenv("TERM", "xterm", 1);
        if (no_colour) setenv("NO_COLOR", "1", 1);
        else unsetenv("NO_COLOR");
        on_a_terminal();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    /* The terminal hands on what was written piece by piece; with no writer left, reading ends with an error. */
    close(slave);
    size_t at = 0;
    ssize_t n;
    while (at + 1 < size && (n = read(master, text + at, size - 1 - at)) > 0) at += (size_t)n;
    text[at] = 0;
    close(master);
}

TEST(msg, terminal_has_colour_and_progress)
{
    static char text[4000];
    terminal_output(text, sizeof text, false);
    cr_assert(strstr(text, "\033[1;31merror:\033[0m red [E]"), "%s", text);
    cr_assert(strstr(text, "route 100% (1000 of 1000)"));
    cr_assert(strstr(text, "place  33% (1 of 3)\r\033[K\033[1;31merror"), "the message clears the progress line: %s", text);
    cr_assert(!strstr(text, "never"));
    int lines = 0;
    for (const char *p = text; (p = strstr(p, "route")); p++) lines++;
    cr_assert(lines < 20, "%d progress lines in no time", lines);
    terminal_output(text, sizeof text, true);
    cr_assert(!strstr(text, "[1;31m") && strstr(text, "error: red [E]"));
}
