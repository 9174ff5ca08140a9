/* Bounded reads, atomic outputs with a running hash, folders and locks. */
#include "gen/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

Status io_read(const char *path, size_t limit, Buf *out)
{
    *out = (Buf){0};
    Loc loc = {path, 0, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return msg_error(ST_IO, "IO-0001", loc, "cannot open: %s", strerror(errno));
    struct stat s;
    Status st = ST_OK;
    if (fstat(fd, &s) == 0 && S_ISDIR(s.st_mode)) st = msg_error(ST_IO, "IO-0002", loc, "is a folder, a file is wanted");
    char chunk[1 << 16];
    while (st == ST_OK) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) st = msg_error(ST_IO, "IO-0001", loc, "cannot read: %s", strerror(errno));
        if (n <= 0) break;
        if (out->n + (size_t)n > limit) {
            st = msg_error(ST_LIMIT, "IO-0003", loc, "larger than the limit of %zu bytes", limit);
            break;
        }
        buf_put(out, chunk, (size_t)n);
    }
    close(fd);
    if (st != ST_OK) buf_free(out);
    else if (!out->s) buf_put(out, "", 0);
    return st;
}

bool io_exists(const char *path) { return access(path, F_OK) == 0; }

Status io_mkdir(const char *path)
{
    char p[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof p) return msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "path is empty or too long");
    memcpy(p, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (p[i] != '/' && p[i] != 0) continue;
        char c = p[i];
        p[i] = 0;
        struct stat s;
        if (mkdir(p, 0777) != 0 && !(errno == EEXIST && stat(p, &s) == 0 && S_ISDIR(s.st_mode)))
            return msg_error(ST_IO, "IO-0004", (Loc){p, 0, 0}, "cannot make folder: %s", strerror(errno));
        p[i] = c;
    }
    return ST_OK;
}

char *io_join(Arena *a, const char *dir, const char *name)
{
    return arena_printf(a, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

const char *io_data_dir(void)
{
    const char *home = getenv("APUGEN_HOME");
    if (home && *home) return home;
    return io_exists(APUGEN_SRC "/techs") ? APUGEN_SRC : APUGEN_PREFIX "/share/apugen";
}

/* ---- outputs ----------------------------------------------------------------------------------- */

struct Out {
    char *path, *tmp;
    int fd, error;
    size_t n;
    uint64_t bytes;
    struct sha256_ctx sha;
    Out *prev, *next;
    char buf[1 << 16];
};

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static Out *open_outs;

static char *copy(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    char *c = mem_alloc(n + k + 1);
    memcpy(c, s, n);
    memcpy(c + n, suffix, k + 1);
    return c;
}

Status out_open(const char *path, Out **out)
{
    Out *o = mem_alloc(sizeof *o);
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".tmp%ld", (long)getpid());
    o->path = copy(path, "");
    o->tmp = copy(path, suffix);
    o->fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (o->fd < 0) {
        Status st = msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write: %s", strerror(errno));
        mem_free(o->path);
        mem_free(o->tmp);
        mem_free(o);
        return st;
    }
    sha256_init(&o->sha);
    pthread_mutex_lock(&open_lock);
    o->next = open_outs;
    if (open_outs) open_outs->prev = o;
    open_outs = o;
    pthread_mutex_unlock(&open_lock);
    *out = o;
    return ST_OK;
}

static void flush_out(Out *o)
{
    sha256_update(&o->sha, o->n, (const uint8_t *)o->buf);
    o->bytes += o->n;
    for (size_t at = 0; at < o->n && !o->error;) {
        ssize_t n = write(o->fd, o->buf + at, o->n - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) o->error = errno;
        else at += (size_t)n;
    }
    o->n = 0;
}

void out_write(Out *o, const void *p, size_t n)
{
    const char *s = p;
    while (n) {
        size_t k = sizeof o->buf - o->n;
        if (k > n) k = n;
        memcpy(o->buf + o->n, s, k);
        o->n += k;
        s += k;
        n -= k;
        if (o->n == sizeof o->buf) flush_out(o);
    }
}

void out_str(Out *o, const char *s) { out_write(o, s, strlen(s)); }

void out_printf(Out *o, const char *fmt, ...)
{
    char small[512];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if ((size_t)n < sizeof small) {
        out_write(o, small, (size_t)n);
    } else {
        char *big = mem_alloc((size_t)n + 1);
        vsnprintf(big, (size_t)n + 1, fmt, again);
        out_write(o, big, (size_t)n);
        mem_free(big);
    }
    va_end(again);
}

static void forget(Out *o)
{
    pthread_mutex_lock(&open_lock);
    if (o->prev) o->prev->next = o->next;
    else open_outs = o->next;
    if (o->next) o->next->prev = o->prev;
    pthread_mutex_unlock(&open_lock);
    mem_free(o->path);
    mem_free(o->tmp);
    mem_free(o);
}

Status out_commit(Out *o, char *hex, uint64_t *bytes)
{
    flush_out(o);
    if (!o->error && fsync(o->fd) != 0 && errno != EINVAL && errno != EROFS) o->error = errno;
    if (close(o->fd) != 0 && !o->error) o->error = errno;
    if (!o->error && rename(o->tmp, o->path) != 0) o->error = errno;
    Status st = ST_OK;
    if (o->error) {
        st = msg_error(ST_IO, "IO-0004", (Loc){o->path, 0, 0}, "cannot write: %s; the earlier file is untouched",
                       strerror(o->error));
        unlink(o->tmp);
    }
    if (bytes) *bytes = o->bytes;
    if (hex) {
        uint8_t d[SHA256_DIGEST_SIZE];
        sha256_digest(&o->sha, sizeof d, d);
        for (int i = 0; i < SHA256_DIGEST_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", d[i]);
    }
    forget(o);
    return st;
}

void out_discard(Out *o)
{
    close(o->fd);
    unlink(o->tmp);
    forget(o);
}

void out_discard_all(void)
{
    /* Called on the way out, perhaps with the lock held by a dead end: only unlink. */
    for (Out *o = open_outs; o; o = o->next) unlink(o->tmp);
}

/* ---- hashes and locks ------------------------------------------------------------------------------ */

void sha256_hex(const void *p, size_t n, char hex[65])
{
    struct sha256_ctx c;
    uint8_t d[SHA256_DIGEST_SIZE];
    sha256_init(&c);
    sha256_update(&c, n, p);
    sha256_digest(&c, sizeof d, d);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", d[i]);
}

Status sha256_file(const char *path, char hex[65])
{
    Buf b;
    TRY(io_read(path, (size_t)4 << 30, &b));
    sha256_hex(b.s, b.n, hex);
    buf_free(&b);
    return ST_OK;
}

Status io_lock_dir(const char *dir, int *fd)
{
    Arena a = {0};
    char *path = io_join(&a, dir, ".lock");
    Status st = ST_OK;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0) st = msg_error(ST_IO, "IO-0004", (Loc){path, 0, 0}, "cannot write: %s", strerror(errno));
    else if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        st = msg_error(ST_IO, "IO-0005", (Loc){dir, 0, 0}, "another run holds this folder");
        close(*fd);
    }
    arena_free(&a);
    return st;
}

void io_unlock_dir(int fd) { close(fd); }
