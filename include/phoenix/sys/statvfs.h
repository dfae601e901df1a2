/*
 * Phoenix-RTOS: a filesystem's state, as mtStat puts it into o.data. It takes the place of Linux's,
 * which is longer: servers refuse another size. -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Messages"; the system's sys/statvfs.h.
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#ifdef VIADUCT_PHOENIX_HOST_FILES
#include_next <sys/statvfs.h>
#else

#ifdef _SYS_STATVFS_H
#error "include/phoenix is searched too late: put its -I before every other that has sys/statvfs.h"
#endif

#include <sys/types.h>

#define ST_RDONLY 1
#define ST_NOSUID 2

/** struct statvfs - eleven numbers of one size */
struct statvfs {
    unsigned long f_bsize;
    unsigned long f_frsize; /* what follows is counted in these */
    fsblkcnt_t f_blocks;
    fsblkcnt_t f_bfree;
    fsblkcnt_t f_bavail;
    fsfilcnt_t f_files;
    fsfilcnt_t f_ffree;
    fsfilcnt_t f_favail;
    unsigned long f_fsid;
    unsigned long f_flag; /* ST_* */
    unsigned long f_namemax;
};

#if defined(VIADUCT_PHOENIX_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
/* not the struct */
#define statvfs(path, buf) phoenix_statvfs(path, buf)
#define fstatvfs phoenix_fstatvfs
#elif defined(VIADUCT_PHOENIX_WRAPPED)
#ifdef __cplusplus
extern "C" {
#endif
int statvfs(const char *path, struct statvfs *buf);
int fstatvfs(int fd, struct statvfs *buf);
#ifdef __cplusplus
}
#endif
#endif

#endif
