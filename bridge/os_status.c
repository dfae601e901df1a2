/*
 * What errno's numbers mean to a caller of ours: one table, from number to status.
 */
#include "bridge/os_status.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "bridge/log.h"
#include "bridge/loop.h"

#define TOLD_EACH_MS 1000u

enum via_status status_from_errno(const char *what, int number)
{
    char words[128];
    log_info("os.failed", "what=\"%s\" errno=%d words=\"%s\"", what, number,
             strerror_r(number, words, sizeof words));
    switch (number) {
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE:
    case ENOSPC: /* epoll: too many watches */
        return VIA_NO_MEMORY;
    case EACCES:
    case EPERM:
        return VIA_DENIED;
    case ENOENT:
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
        return VIA_NOT_CONNECTED;
    case EADDRINUSE:
        return VIA_BUSY;
    case ETIMEDOUT:
        return VIA_TIMEOUT;
    default:
        return VIA_IO;
    }
}

void os_no_descriptors(const char *what)
{
    static atomic_uint_fast64_t told_ms;
    uint_fast64_t before = atomic_load(&told_ms);
    uint64_t now = loop_now();
    struct rlimit limit = {.rlim_cur = 0};
    if ((before != 0 && now - before < TOLD_EACH_MS) ||
        !atomic_compare_exchange_strong(&told_ms, &before, now))
        return;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    log_warn("os.no_descriptors",
             "what=\"%s\" limit=%llu words=\"this process has no descriptor left: its limit is "
             "RLIMIT_NOFILE (LimitNOFILE of a unit, ulimit -n)\"",
             what, (unsigned long long)limit.rlim_cur);
}
