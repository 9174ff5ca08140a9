/*
 * Output files: complete or absent. Written to a temporary name, hashed on the way, fsynced, renamed.
 *
 * Invariant: every open temporary file is in g_open, so that die() and an interrupt can remove it. A write error
 * is kept and told once, by out_commit. A target that is no regular file (a pipe, /dev/stdout) is written directly.
 */
#include "gen/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

struct Out {
    char *path; /* as the caller wrote it, for messages */
    char *target, *tmp; /* symbolic links followed; tmp NULL: written directly */
    int fd, err;        /* first errno of a failed write */
    uint64_t bytes;
    struct sha256_ctx sha;
    size_t n; /* used in buf */
    Out *prev, *next;
    unsigned char buf[BUFFER];
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static Out *g_open;
static unsigned g_count;

/* ---- registry ------------------------------------------------------------------------------- */

static void link_in(Out *o)
{
    pthread_mutex_lock(&g_lock);
    o->next = g_open;
    if (g_open) g_open->prev = o;
    g_open = o;
    pthread_mutex_unlock(&g_lock);
}

static void unlink_from(Out *o)
{
    pthread_mutex_lock(&g_lock);
    if (o->prev) o->prev->next = o->next;
    else if (g_open == o) g_open = o->next;
    if (o->next) o->next->prev = o->prev;
    pthread_mutex_unlock(&g_lock);
}

/* Runs in die() and in signal handlers: nothing is freed, and a lock that somebody holds for good is passed by. */
void out_discard_all(void)
{
    bool locked = false;
    for (int i = 0; i < 1000 && !locked; i++) {
        locked = pthread_mutex_trylock(&g_lock) == 0;
        if (!locked) sched_yield();
    }
    for (Out *o = g_open; o; o = o->next) {
        if (o->tmp) unlink(o->tmp);
        o->err = ECANCELED;
    }
    if (locked) pthread_mutex_unlock(&g_lock);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* A missing folder is named: "no such file" would say that of the file to be made. */
static Status write_failed(const char *path, int err)
{
    const char *slash = strrchr(path, '/');
    if (err == ENOENT && slash && slash > path)
        return msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write: there is no folder %.*s; make it or give another path", (int)(slash - path), path);
    return msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write: %s", strerror(err));
}

static char *copy(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

static void out_free(Out *o)
{
    unlink_from(o);
    if (o->fd >= 0) close(o->fd);
    mem_free(o->path);
    mem_free(o->target);
    mem_free(o->tmp);
    mem_free(o);
}

/* The file that a symbolic link leads to, so that renaming replaces that and not the link. */
static char *follow(const char *path)
{
    struct stat s;
    if (lstat(path, &s) == 0 && S_ISLNK(s.st_mode)) {
        char *real = realpath(path, NULL);
        if (real) {
            char *mine = copy(real);
            free(real);
            return mine;
        }
    }
    return copy(path);
}

/* `dir/.name.apugen-PID-COUNT`: hidden, in the folder of its target, unique among processes and threads. */
static char *tmp_name(const char *target)
{
    const char *slash = strrchr(target, '/');
    int dir = slash ? (int)(slash + 1 - target) : 0;
    pthread_mutex_lock(&g_lock);
    unsigned count = g_count++;
    pthread_mutex_unlock(&g_lock);
    Buf b = {0};
    buf_printf(&b, "%.*s.%.200s.apugen-%ld-%u", dir, target, target + dir, (long)getpid(), count);
    return b.s;
}

/* A file size limit (ulimit -f) shall be an error that is told, not a signal that kills. */
static void ignore_xfsz(void) { signal(SIGXFSZ, SIG_IGN); }

Status out_open(const char *path, Out **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ignore_xfsz);
    *out = NULL;
    Out *o = mem_alloc(sizeof *o);
    o->path = copy(path);
    o->target = follow(path);
    struct stat s;
    bool there = stat(o->target, &s) == 0;
    errno = 0;
    if (there && S_ISDIR(s.st_mode)) {
        o->fd = -1;
        out_free(o);
        return msg_error(ST_IO, "IO-0002", (Loc){path, 0, 0}, "is a folder, a file is needed");
    }
    if (there && !S_ISREG(s.st_mode)) {
        o->fd = open(o->target, O_WRONLY | O_CLOEXEC);
    } else if (there && access(o->target, W_OK) != 0) {
        o->fd = -1; /* renaming would replace even a file that its owner has made read-only */
    } else {
        o->tmp = tmp_name(o->target);
        o->fd = open(o->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (o->fd < 0) {
        int err = errno;
        out_free(o);
        return write_failed(path, err);
    }
    if (there && o->tmp) (void)!fchmod(o->fd, s.st_mode & 0777); /* a replaced file keeps its mode where possible */
    sha256_init(&o->sha);
    link_in(o);
    *out = o;
    return ST_OK;
}

Status out_possible(const char *path)
{
    struct stat s;
    Out *o;
    if (!path || (stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode))) return ST_OK;
    TRY(out_open(path, &o));
    out_discard(o);
    return ST_OK;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put(Out *o, const unsigned char *p, size_t n)
{
    sha256_update(&o->sha, n, p);
    while (n && !o->err) {
        ssize_t k = write(o->fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) o->err = errno;
        else if (k == 0) o->err = ENOSPC;
        else {
            p += k;
            n -= (size_t)k;
        }
    }
}

static void flush(Out *o)
{
    if (o->n) put(o, o->buf, o->n);
    o->n = 0;
}

void out_write(Out *o, const void *p, size_t n)
{
    o->bytes += n;
    if (n > BUFFER - o->n) flush(o);
    if (n >= BUFFER) {
        put(o, p, n);
        return;
    }
    if (n) memcpy(o->buf + o->n, p, n);
    o->n += n;
}

void out_str(Out *o, const char *s) { out_write(o, s, strlen(s)); }

void out_printf(Out *o, const char *fmt, ...)
{
    char text[512];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if ((size_t)n < sizeof text) {
        out_write(o, text, (size_t)n);
    } else {
        char *s = mem_alloc((size_t)n + 1);
        vsnprintf(s, (size_t)n + 1, fmt, again);
        out_write(o, s, (size_t)n);
        mem_free(s);
    }
    va_end(again);
}

/* ---- ending --------------------------------------------------------------------------------- */

/* Make the rename itself durable. A file system that cannot sync folders says EINVAL: not our failure. */
static int sync_folder(const char *target)
{
    const char *slash = strrchr(target, '/');
    Buf dir = {0};
    if (slash) buf_put(&dir, target, slash == target ? 1 : (size_t)(slash - target));
    else buf_char(&dir, '.');
    int err = 0, fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) err = errno;
        close(fd);
    }
    buf_free(&dir);
    return err;
}

static void to_hex(struct sha256_ctx *sha, char hex[65])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

Status out_commit(Out *o, char *sha, uint64_t *bytes)
{
    flush(o);
    if (!o->err && o->tmp && fsync(o->fd) != 0) o->err = errno;
    int fd = o->fd;
    o->fd = -1;
    if (close(fd) != 0 && !o->err && errno != EINTR) o->err = errno; /* network file systems tell a full disk here */
    if (!o->err && o->tmp && rename(o->tmp, o->target) != 0) o->err = errno;
    if (!o->err && o->tmp) o->err = sync_folder(o->target);
    Status st = ST_OK;
    if (o->err) {
        if (o->tmp) unlink(o->tmp);
        st = write_failed(o->path, o->err);
    } else {
        if (sha) to_hex(&o->sha, sha);
        if (bytes) *bytes = o->bytes;
    }
    out_free(o);
    return st;
}

void out_discard(Out *o)
{
    if (!o) return;
    if (o->tmp) unlink(o->tmp);
    out_free(o);
}

/* ---- hashes --------------------------------------------------------------------------------- */

void sha256_hex(const void *p, size_t n, char hex[65])
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, n, p);
    to_hex(&sha, hex);
}

Status sha256_file(const char *path, char hex[65])
{
    Loc at = {path, 0, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return msg_error(ST_IO, "IO-0001", at, "cannot read: %s", strerror(errno));
    unsigned char *buf = mem_alloc(BUFFER);
    struct sha256_ctx sha;
    sha256_init(&sha);
    ssize_t k;
    while ((k = read(fd, buf, BUFFER)) > 0 || (k < 0 && errno == EINTR))
        if (k > 0) sha256_update(&sha, (size_t)k, buf);
    int err = errno;
    close(fd);
    mem_free(buf);
    if (k < 0 && err == EISDIR) return msg_error(ST_IO, "IO-0002", at, "is a folder, a file is needed");
    if (k < 0) return msg_error(ST_IO, "IO-0001", at, "cannot read: %s", strerror(err));
    to_hex(&sha, hex);
    return ST_OK;
}
