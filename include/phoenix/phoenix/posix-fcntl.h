/*
 * Phoenix-RTOS: flags of open files, as mtOpen, mtClose, mtRead and mtWrite carry them. Other
 * numbers than Linux's; O_RDONLY is a bit of its own, and servers test for it. The flags that only
 * Linux has would mean others here: they are not defined.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers"; the system's phoenix/posix-fcntl.h.
 */
#pragma once

#include <fcntl.h>

#undef O_ACCMODE
#undef O_APPEND
#undef O_ASYNC
#undef O_CLOEXEC
#undef O_CREAT
#undef O_DIRECT
#undef O_DIRECTORY
#undef O_DSYNC
#undef O_EXCL
#undef O_EXEC
#undef O_FSYNC
#undef O_LARGEFILE
#undef O_NDELAY
#undef O_NOATIME
#undef O_NOCTTY
#undef O_NOFOLLOW
#undef O_NONBLOCK
#undef O_PATH
#undef O_RDONLY
#undef O_RDWR
#undef O_RSYNC
#undef O_SEARCH
#undef O_SYNC
#undef O_TMPFILE
#undef O_TRUNC
#undef O_TTY_INIT
#undef O_WRONLY

#define O_RDONLY 0x00001
#define O_WRONLY 0x00002
#define O_RDWR 0x00004
#define O_APPEND 0x00008
#define O_CREAT 0x00100
#define O_TRUNC 0x00200
#define O_EXCL 0x00400
#define O_SYNC 0x00800
#define O_NONBLOCK 0x01000
#define O_NDELAY O_NONBLOCK
#define O_NOCTTY 0x02000
#define O_CLOEXEC 0x04000
#define O_RSYNC 0x08000
#define O_DSYNC 0x10000
#define O_ACCMODE (O_RDONLY | O_WRONLY | O_RDWR)
