/*
 * Phoenix-RTOS: an entry of a directory, as mtReaddir puts it into o.data. It takes the place of
 * Linux's, which has other members. -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Messages"; the system's dirent.h.
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#ifdef VIADUCT_PHOENIX_HOST_FILES
#include_next <dirent.h>
#else

#ifdef _DIRENT_H
#error "include/phoenix is searched too late: put its -I before every other that has dirent.h"
#endif

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12
#define DT_WHT 14

/** struct dirent - 16 octets and the name, on every machine */
struct dirent {
    ino_t d_ino;
    uint32_t d_type;   /* DT_* */
    uint16_t d_reclen; /* to the next one: what the server likes, but not 0 */
    uint16_t d_namlen; /* without the octet 0 behind it */
    char d_name[];
};

#if defined(VIADUCT_PHOENIX_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
/** DIR - an open directory */
typedef struct phoenix_dir DIR;
#define alphasort phoenix_alphasort
#define closedir phoenix_closedir
#define dirfd phoenix_dirfd
#define fdopendir phoenix_fdopendir
#define opendir phoenix_opendir
#define readdir phoenix_readdir
#define rewinddir phoenix_rewinddir
#define scandir phoenix_scandir
#define seekdir phoenix_seekdir
#define telldir phoenix_telldir
#elif defined(VIADUCT_PHOENIX_WRAPPED)
#ifdef __cplusplus
extern "C" {
#endif
/** DIR - an open directory */
typedef struct phoenix_dir DIR;
int alphasort(const struct dirent **entry, const struct dirent **other);
int closedir(DIR *dir);
int dirfd(DIR *dir);
DIR *fdopendir(int fd);
DIR *opendir(const char *path);
struct dirent *readdir(DIR *dir);
void rewinddir(DIR *dir);
int scandir(const char *path, struct dirent ***entriesp, int (*filter)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **));
void seekdir(DIR *dir, long place);
long telldir(DIR *dir);
#ifdef __cplusplus
}
#endif
#endif

#endif
