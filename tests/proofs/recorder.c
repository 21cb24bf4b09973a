/* Writes down what a process does to the files of one folder, so that a power cut can be thought through.
   Preloaded (LD_PRELOAD) into the bot by tests/proofs/recording.py, which reads the log. Each entry is a
   header and `length` bytes: of a write its bytes, of an open or unlink the path. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPENED = 1, WROTE, TRUNCATED, SYNC_BEGAN, SYNCED, UNLINKED };
enum { MOST_FILES = 65536 };

struct entry { uint64_t nanoseconds; uint32_t kind; int32_t fd; int64_t offset; uint64_t length; };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static unsigned char ours[MOST_FILES];
static const char *folder;
static int book = -1;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SVAR_RECORD");
    folder = getenv("SVAR_RECORD_UNDER");
    if (path && folder) book = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(int fd) { return book >= 0 && fd >= 0 && fd < MOST_FILES && ours[fd]; }

static void note(uint32_t kind, int fd, int64_t offset, const void *bytes, uint64_t length) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct entry entry = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, kind, fd, offset, length};
    struct iovec parts[2] = {{&entry, sizeof entry}, {(void *)bytes, length}};
    if (writev(book, parts, length ? 2 : 1) < 0) abort();
}

static int is_kept(const char *path) {
    size_t length = strlen(path);
    if (book < 0 || strncmp(path, folder, strlen(folder))) return 0;
    return !(length > 4 && !strcmp(path + length - 4, "-shm")) && !(length > 5 && !strcmp(path + length - 5, ".lock"));
}

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= MOST_FILES) return fd;
    pthread_mutex_lock(&turn);
    ours[fd] = (unsigned char)is_kept(path);
    if (ours[fd]) note(OPENED, fd, 0, path, strlen(path));
    pthread_mutex_unlock(&turn);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return opened(REAL(name)(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

#define PWRITE(name, kind_of_offset) \
    ssize_t name(int fd, const void *bytes, size_t length, kind_of_offset offset) { \
        if (!is_ours(fd)) return REAL(name)(fd, bytes, length, offset); \
        pthread_mutex_lock(&turn); \
        ssize_t done = REAL(name)(fd, bytes, length, offset); \
        if (done > 0) note(WROTE, fd, offset, bytes, (uint64_t)done); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, kind_of_offset) \
    int name(int fd, kind_of_offset length) { \
        if (!is_ours(fd)) return REAL(name)(fd, length); \
        pthread_mutex_lock(&turn); \
        int done = REAL(name)(fd, length); \
        if (!done) note(TRUNCATED, fd, length, 0, 0); \
        pthread_mutex_unlock(&turn); \
        return done; \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

static void noted(uint32_t kind, int fd) {
    pthread_mutex_lock(&turn);
    note(kind, fd, 0, 0, 0);
    pthread_mutex_unlock(&turn);
}

#define SYNC(name) \
    int name(int fd) { \
        if (!is_ours(fd)) return REAL(name)(fd); \
        noted(SYNC_BEGAN, fd); \
        int done = REAL(name)(fd); \
        if (!done) noted(SYNCED, fd); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    int done = REAL(unlink)(path);
    if (!done && is_kept(path)) {
        pthread_mutex_lock(&turn);
        note(UNLINKED, -1, 0, path, strlen(path));
        pthread_mutex_unlock(&turn);
    }
    return done;
}

int close(int fd) {
    if (fd >= 0 && fd < MOST_FILES) ours[fd] = 0;
    return REAL(close)(fd);
}
