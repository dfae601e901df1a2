/*
 * Regular files only, and no more of them than the codec takes: what is named may be a pipe without
 * a writer, or a device without an end.
 */
#include "bridge/hcs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_FIRST 16384u

static enum via_status fail(struct hcs_text *text, int number)
{
    char words[sizeof text->why];
    (void)snprintf(text->why, sizeof text->why, "%s", strerror_r(number, words, sizeof words));
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return VIA_NOT_FOUND;
    case EACCES:
    case EPERM:
        return VIA_DENIED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return VIA_NO_MEMORY;
    default:
        return VIA_IO;
    }
}

/* All of @fd, or one octet more than there may be. */
static enum via_status read_all(int fd, struct hcs_text *text)
{
    size_t capacity = 0;
    while (text->size <= HCS_FILE_SIZE_MAX) {
        if (text->size == capacity) {
            capacity = capacity == 0 ? ROOM_FIRST : capacity * 2;
            char *octets = realloc(text->octets, capacity);
            if (octets == NULL)
                return fail(text, ENOMEM);
            text->octets = octets;
        }
        ssize_t size = read(fd, text->octets + text->size, capacity - text->size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return fail(text, errno);
        if (size == 0)
            break;
        text->size += (size_t)size;
    }
    return VIA_OK;
}

static enum via_status read_file(void *user, const char *path, struct hcs_text *text)
{
    (void)user;
    struct stat kind;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(text, errno);
    enum via_status status = VIA_OK;
    if (fstat(fd, &kind) < 0) {
        status = fail(text, errno);
    } else if (!S_ISREG(kind.st_mode)) {
        (void)snprintf(text->why, sizeof text->why, "it is no regular file");
        status = VIA_IO;
    } else {
        status = read_all(fd, text);
    }
    (void)close(fd);
    return status;
}

enum via_status hcs_file_load(const char *path, struct hcs_tree **treep, struct hcs_fault *fault)
{
    static const struct hcs_files files = {.read = read_file};
    return hcs_load(path, &files, treep, fault);
}
