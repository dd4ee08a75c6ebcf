/* Locks as on a file system that has none, or whose server is gone: to be preloaded.
 *
 * Of files below the folder $JG_LOCKS_UNDER, a lock answers what $JG_LOCKS says: "enolck" and
 * "enosys" are errors; anything else is a file, and a lock waits as long as it is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int is_below(int fd) {
    const char *folder = getenv("JG_LOCKS_UNDER");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    return folder && size > 0 && !strncmp(path, folder, strlen(folder));
}

static int answer(int fd) {
    const char *how = getenv("JG_LOCKS");
    if (!how || !is_below(fd)) return 0;
    if (!strcmp(how, "enolck") || !strcmp(how, "enosys")) {
        errno = strcmp(how, "enolck") ? ENOSYS : ENOLCK;
        return -1;
    }
    while (!access(how, F_OK)) usleep(10000);
    return 0;
}

__attribute__((visibility("default"))) int flock(int fd, int operation) {
    int (*real)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    if (!(operation & LOCK_UN) && answer(fd)) return -1;
    return real(fd, operation);
}

static int controlled(const char *name, int fd, int command, void *argument) {
    int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, name);
    int is_lock = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK;
    if (is_lock && ((struct flock *)argument)->l_type != F_UNLCK && answer(fd)) return -1;
    return real(fd, command, argument);
}

#define FCNTL(name)                                                             \
    __attribute__((visibility("default"))) int name(int fd, int command, ...) { \
        va_list arguments;                                                      \
        va_start(arguments, command);                                           \
        void *argument = va_arg(arguments, void *);                             \
        va_end(arguments);                                                      \
        return controlled(#name, fd, command, argument);                        \
    }

FCNTL(fcntl)
FCNTL(fcntl64)
