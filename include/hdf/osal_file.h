/*
 * HDF, operating system: files, and the bits of their permissions, which a service's are written
 * with too.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_file.h.
 */
#pragma once

#include <sys/types.h>

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How to open: open(2)'s own numbers, so that its other flags may be added. */
#define OSAL_O_RD_ONLY 0
#define OSAL_O_WR_ONLY 1
#define OSAL_O_RDWR 2

/* Who may read, write and execute: owner, group, others. */
#define OSAL_S_IREAD 00400
#define OSAL_S_IWRITE 00200
#define OSAL_S_IEXEC 00100
#define OSAL_S_IRGRP 00040
#define OSAL_S_IWGRP 00020
#define OSAL_S_IXGRP 00010
#define OSAL_S_IROTH 00004
#define OSAL_S_IWOTH 00002
#define OSAL_S_IXOTH 00001

/* From where an offset counts: the beginning, the place, the end. */
#define OSAL_SEEK_SET 0
#define OSAL_SEEK_CUR 1
#define OSAL_SEEK_END 2

/** OsalFile - holds an open file; do not copy */
typedef struct {
    void *realFile; /* owned, NULL while none is open */
} OsalFile;

#define OSAL_DECLARE_FILE(file) OsalFile file

/** OsalFileOpen() - opens it; OsalFileClose() it. A program that is started does not inherit it.
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for NULL, HDF_FAILURE: errno says why. */
int32_t OsalFileOpen(OsalFile *file, const char *path, int flags, uint32_t rights);
/** OsalFileWrite() - at the place. Return: octets written, which may be fewer;
 * HDF_ERR_INVALID_PARAM for NULL and for what is not open; HDF_FAILURE: errno says why. */
ssize_t OsalFileWrite(OsalFile *file, const void *string, uint32_t length);
/** OsalFileClose() - closes it; NULL, and what is not open, is fine */
void OsalFileClose(OsalFile *file);
/** OsalFileRead() - at the place. Return: octets read, 0 at the end; else as OsalFileWrite() */
ssize_t OsalFileRead(OsalFile *file, void *buf, uint32_t length);
/** OsalFileLseek() - goes to a place. Return: the place from the beginning; else as
 * OsalFileWrite() */
off_t OsalFileLseek(OsalFile *file, off_t offset, int32_t whence);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
