/*
 * Files: descriptors of the system, each in a piece of memory of its own.
 */
#include "include/hdf/osal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
    int fd; /* owned */
};

static struct file *real(const OsalFile *file)
{
    return file == NULL ? NULL : file->realFile;
}

int32_t OsalFileOpen(OsalFile *file, const char *path, int flags, uint32_t rights)
{
    if (file == NULL || path == NULL)
        return HDF_ERR_INVALID_PARAM;
    file->realFile = NULL;
    struct file *opened = malloc(sizeof *opened);
    if (opened == NULL)
        return HDF_FAILURE;
    opened->fd = open(path, flags | O_CLOEXEC, (mode_t)rights);
    if (opened->fd < 0) {
        free(opened);
        return HDF_FAILURE;
    }
    file->realFile = opened;
    return HDF_SUCCESS;
}

ssize_t OsalFileWrite(OsalFile *file, const void *string, uint32_t length)
{
    if (real(file) == NULL || string == NULL)
        return HDF_ERR_INVALID_PARAM;
    ssize_t size;
    do
        size = write(real(file)->fd, string, length);
    while (size < 0 && errno == EINTR);
    return size < 0 ? HDF_FAILURE : size;
}

void OsalFileClose(OsalFile *file)
{
    if (real(file) == NULL)
        return;
    (void)close(real(file)->fd);
    free(file->realFile);
    file->realFile = NULL;
}

ssize_t OsalFileRead(OsalFile *file, void *buf, uint32_t length)
{
    if (real(file) == NULL || buf == NULL)
        return HDF_ERR_INVALID_PARAM;
    ssize_t size;
    do
        size = read(real(file)->fd, buf, length);
    while (size < 0 && errno == EINTR);
    return size < 0 ? HDF_FAILURE : size;
}

off_t OsalFileLseek(OsalFile *file, off_t offset, int32_t whence)
{
    if (real(file) == NULL)
        return HDF_ERR_INVALID_PARAM;
    off_t place = lseek(real(file)->fd, offset, whence);
    return place < 0 ? HDF_FAILURE : place;
}
