/* Ends the process with SIGKILL at the k-th call by which it changes a file or says something to anybody:
   just before the call is made. Preloaded (LD_PRELOAD) into the bot by tests/crash/calls.py.
   SVAR_KILL_COUNT is a file of eight bytes in which the calls are counted, SVAR_KILL_NAME one for the name of
   the call at which it was, SVAR_KILL_AT is k; 0 counts only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static uint64_t *count;
static uint64_t deadly;
static int obituary = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *counted = getenv("SVAR_KILL_COUNT"), *named = getenv("SVAR_KILL_NAME"), *at = getenv("SVAR_KILL_AT");
    if (!counted || !named || !at) return;
    int fd = open(counted, O_RDWR | O_CLOEXEC);
    void *page = fd < 0 ? MAP_FAILED : mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) abort();
    obituary = open(named, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    deadly = strtoull(at, 0, 10);
    count = page;
}

static void die(const char *name, int fd) {
    char link[64], path[512] = "", words[640];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = fd < 0 ? -1 : readlink(link, path, sizeof path - 1);
    const char *base = strrchr(path, '/');
    if (length > 0) path[length] = 0;
    base = (base = strrchr(path, '/')) ? base + 1 : path;
    int written = snprintf(words, sizeof words, "%s %s", name, strncmp(path, "socket:", 7) ? base : "to a socket");
    if (REAL(write)(obituary, words, (size_t)written) < 0) abort();
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static void reach(const char *name, int fd) {
    if (count && __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) == deadly) die(name, fd);
}

static int is_socket(int fd) {
    struct stat found;
    return count && !fstat(fd, &found) && S_ISSOCK(found.st_mode);
}

#define CALL(kind, name, declared, given, condition, fd) \
    kind name declared { \
        if (condition) reach(#name, fd); \
        return REAL(name) given; \
    }
CALL(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t at), (fd, b, n, at), 1, fd)
CALL(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t at), (fd, b, n, at), 1, fd)
CALL(int, ftruncate, (int fd, off_t n), (fd, n), 1, fd)
CALL(int, ftruncate64, (int fd, off64_t n), (fd, n), 1, fd)
CALL(int, fsync, (int fd), (fd), 1, fd)
CALL(int, fdatasync, (int fd), (fd), 1, fd)
CALL(int, unlink, (const char *path), (path), 1, -1)
CALL(int, rename, (const char *from, const char *to), (from, to), 1, -1)
CALL(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), is_socket(fd), fd)
CALL(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), is_socket(fd), fd)
CALL(ssize_t, send, (int fd, const void *b, size_t n, int f), (fd, b, n, f), 1, fd)
CALL(ssize_t, sendto, (int fd, const void *b, size_t n, int f, const struct sockaddr *a, socklen_t l), (fd, b, n, f, a, l), 1, fd)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int f), (fd, m, f), 1, fd)
