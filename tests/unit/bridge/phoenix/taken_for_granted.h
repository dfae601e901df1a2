/*
 * What is so in whatever order headers of Linux and of Phoenix-RTOS are included. Included after
 * both; compiled, not run.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define IS(constant, value) _Static_assert((constant) == (value), #constant)

_Static_assert(sizeof(id_t) == 8, "id_t");
IS(sizeof(oid_t), 16);

IS(EOK, 0);
IS(ENOSYS, 38); /* Linux's stay */
IS(ETIME, 62);

IS(O_RDONLY, 0x1);
IS(O_WRONLY, 0x2);
IS(O_RDWR, 0x4);
IS(O_APPEND, 0x8);
IS(O_CREAT, 0x100);
IS(O_TRUNC, 0x200);
IS(O_EXCL, 0x400);
IS(O_SYNC, 0x800);
IS(O_NONBLOCK, 0x1000);
IS(O_NDELAY, 0x1000);
IS(O_NOCTTY, 0x2000);
IS(O_CLOEXEC, 0x4000);
IS(O_RSYNC, 0x8000);
IS(O_DSYNC, 0x10000);
IS(O_ACCMODE, 0x7);

IS(POLLIN, 0x1);
IS(POLLRDNORM, 0x2);
IS(POLLRDBAND, 0x4);
IS(POLLPRI, 0x8);
IS(POLLOUT, 0x10);
IS(POLLWRNORM, 0x20);
IS(POLLWRBAND, 0x40);
IS(POLLERR, 0x80);
IS(POLLHUP, 0x100);
IS(POLLNVAL, 0x200);

IS(_PAGE_SIZE, 4096);
IS(MAP_ANONYMOUS &MAP_PRIVATE, MAP_PRIVATE);

#if defined(O_DIRECTORY) || defined(O_PATH) || defined(POLLRDHUP) || defined(POLLMSG)
#error "a flag that only Linux has, with a number that means another here"
#endif

/* by the address of a member */
static inline id_t first_id(oid_t *oid)
{
    id_t *id = &oid->id;
    return *id;
}

#undef IS
