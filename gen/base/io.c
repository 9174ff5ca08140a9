/*
 * Bounded reads, folders, locks.
 *
 * Invariant: a failed call has told why, with the file's name; nothing here writes file content (out.c does).
 */
#include "gen/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static Status read_error(const char *path, int err)
{
    if (err == EISDIR)
        return msg_error(ST_IO, "IO-0002", (Loc){path, 0, 0}, "is a folder, a file is needed");
    return msg_error(ST_IO, "IO-0001", (Loc){path, 0, 0}, "cannot read: %s", strerror(err));
}

static Status too_large(const char *path, size_t limit)
{
    return msg_error(ST_LIMIT, "IO-0003", (Loc){path, 0, 0}, "is larger than the limit of %zu bytes", limit);
}

/* All that is left of fd; the size that stat told is only a hint (pipes and /proc tell 0). */
static Status read_all(int fd, const char *path, size_t limit, size_t hint, Buf *b)
{
    size_t cap = (hint < limit ? hint : limit) + 2; /* one byte over the limit shows that it is passed; one ends the text */
    b->s = mem_resize(b->s, cap);
    b->cap = cap;
    for (;;) {
        if (b->cap - b->n < 2) {
            b->cap = b->cap < 4096 ? 8192 : b->cap * 2;
            b->s = mem_resize(b->s, b->cap);
        }
        ssize_t k = read(fd, b->s + b->n, b->cap - b->n - 1);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return read_error(path, errno);
        b->n += (size_t)k;
        if (b->n > limit) return too_large(path, limit);
        if (k == 0) break;
    }
    b->s[b->n] = 0;
    return ST_OK;
}

Status io_read(const char *path, size_t limit, Buf *out)
{
    *out = (Buf){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return read_error(path, errno);
    struct stat s;
    Status st = ST_OK;
    if (fstat(fd, &s) != 0) st = read_error(path, errno);
    else if (S_ISDIR(s.st_mode)) st = read_error(path, EISDIR);
    else if (S_ISREG(s.st_mode) && (uint64_t)s.st_size > limit) st = too_large(path, limit);
    else st = read_all(fd, path, limit, S_ISREG(s.st_mode) ? (size_t)s.st_size : 0, out);
    close(fd);
    if (st != ST_OK) buf_free(out);
    return st;
}

bool io_exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

Status io_mkdir(const char *path)
{
    Arena a = {0};
    char *p = arena_str(&a, path);
    Status st = ST_OK;
    if (!p[0]) st = msg_error(ST_IO, "IO-0004", (Loc){0}, "cannot make a folder: its name is empty");
    for (size_t i = 1; st == ST_OK; i++) {
        if (p[i] != '/' && p[i] != 0) continue;
        char c = p[i];
        p[i] = 0;
        if (mkdir(p, 0777) != 0 && !is_folder(p)) /* EEXIST, or EROFS and EACCES on a parent that exists */
            st = msg_error(ST_IO, "IO-0004", (Loc){p, 0, 0}, "cannot make the folder: %s", strerror(errno));
        p[i] = c;
        if (!c) break;
    }
    arena_free(&a);
    return st;
}

char *io_join(Arena *a, const char *dir, const char *name)
{
    if (!*dir || *name == '/') return arena_str(a, name);
    return arena_printf(a, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

/* ---- data folder ---------------------------------------------------------------------------- */

#ifndef APUGEN_SRC
#define APUGEN_SRC ""
#endif
#ifndef APUGEN_PREFIX
#define APUGEN_PREFIX "/usr/local"
#endif

const char *io_data_dir(void)
{
    const char *home = getenv("APUGEN_HOME");
    if (home && *home) return home;
    if (is_folder(APUGEN_SRC "/techs")) return APUGEN_SRC;
    return APUGEN_PREFIX "/share/apugen";
}

/* ---- lock ----------------------------------------------------------------------------------- */

/* Temporary files of a run that was killed: `.NAME.apugen-PID-COUNT`, with a process that is no more. */
static void sweep(const char *dir)
{
    DIR *d = opendir(dir);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        const char *mark = strstr(e->d_name, ".apugen-");
        if (e->d_name[0] != '.' || !mark) continue;
        long pid = strtol(mark + 8, NULL, 10);
        if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
}

Status io_lock_dir(const char *dir, int *fd)
{
    Arena a = {0};
    const char *path = io_join(&a, dir, ".lock");
    Loc at = {path, 0, 0};
    Status st = ST_OK;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0) {
        st = msg_error(ST_IO, "IO-0004", at, "cannot open: %s", strerror(errno));
    } else if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        int err = errno;
        st = err == EWOULDBLOCK ? msg_error(ST_IO, "IO-0005", (Loc){dir, 0, 0}, "another run is writing to this folder")
                                : msg_error(ST_IO, "IO-0004", at, "cannot lock: %s", strerror(err));
        close(*fd);
        *fd = -1;
    } else {
        sweep(dir);
    }
    arena_free(&a);
    return st;
}

void io_unlock_dir(int fd)
{
    if (fd >= 0) close(fd); /* the lock ends with its descriptor; the file stays, or two runs could lock two files */
}
