/*
 * Open files. Reads and writes go by pieces that the gateway takes. A file is read to the end of
 * what was asked for, as what is missing would be taken for the file's end; a device says what it
 * has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "gateway/cli/mount.h"

#define HEAD_MAX 4096u /* octets of a frame beside what is read or written */
#define PIECE_UNKNOWN 65536u

struct mount_file {
    struct phoenix_oid oid; /* what is open */
    uint32_t flags;         /* that system's, of its status */
    bool is_device, is_direct;
};

/* ---- flags ---- */

static const struct {
    int ours;
    uint32_t theirs;
    bool stays; /* with the file once it is open */
} flags_of[] = {
    {O_APPEND, 0x8, true},    {O_CREAT, 0x100, false}, {O_TRUNC, 0x200, false},
    {O_EXCL, 0x400, false},   {O_SYNC, 0x800, true},   {O_NONBLOCK, 0x1000, true},
    {O_DSYNC, 0x10000, true},
};

static uint32_t translate(int flags, bool all)
{
    const int access = flags & O_ACCMODE;
    uint32_t theirs = access == O_RDONLY ? PHX_RDONLY : access == O_WRONLY ? PHX_WRONLY : 0x4u;
    for (size_t i = 0; i < sizeof flags_of / sizeof *flags_of; i++)
        if ((flags & flags_of[i].ours) == flags_of[i].ours && (all || flags_of[i].stays))
            theirs |= flags_of[i].theirs;
    return theirs;
}

/* ---- opening ---- */

static int32_t open_it(struct mount_visit *visit, struct mount_inode *inode, int flags,
                       struct mount_file *file)
{
    struct mount_place place;
    int64_t size;
    mount_inode_place(visit->tree, inode, &place);
    if (place.origin == PHX_OF_NAMES)
        return -EISDIR;
    file->oid = place.node.dev;
    file->flags = translate(flags, false);
    file->is_device = mount_inode_is_device(visit->tree, inode, &size);
    file->is_direct = file->is_device || (size == 0 && (flags & O_ACCMODE) == O_RDONLY);
    int32_t err = phx_open(&visit->asker, &file->oid, translate(flags, true));
    if (err < 0 || file->is_device || (flags & O_TRUNC) == 0)
        return err;
    err = phx_truncate(&visit->asker, &file->oid, 0);
    return err < 0 ? phx_close(&visit->asker, &file->oid, file->flags, err) : 0;
}

int mount_open(struct mount_visit *visit, struct mount_inode *inode, int flags,
               struct mount_file **filep)
{
    struct mount_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return -ENOMEM;
    int32_t err = open_it(visit, inode, flags & ~(O_CREAT | O_EXCL), file);
    if (err < 0) {
        free(file);
        return mount_visit_result(visit, err);
    }
    *filep = file;
    return 0;
}

int mount_release(struct mount_visit *visit, struct mount_file *file)
{
    int32_t err = phx_close(&visit->asker, &file->oid, file->flags, 0);
    free(file);
    return mount_visit_result(visit, err);
}

bool mount_file_is_direct(const struct mount_file *file)
{
    return file->is_direct;
}

const struct phoenix_oid *mount_file_oid(const struct mount_file *file)
{
    return &file->oid;
}

/* ---- content ---- */

static size_t piece_of(const struct mount_visit *visit, size_t size)
{
    const uint32_t payload = via_node_payload_max(visit->asker.node);
    size_t most = payload > 2 * HEAD_MAX ? payload - HEAD_MAX : payload / 2;
    if (payload == 0)
        most = PIECE_UNKNOWN;
    if (most > MOUNT_PIECE_MAX)
        most = MOUNT_PIECE_MAX;
    return size < most ? size : most;
}

ssize_t mount_read(struct mount_visit *visit, const struct mount_file *file, void *data,
                   size_t size, off_t offs)
{
    size_t done = 0;
    while (done < size) {
        int32_t n = phx_read(&visit->asker, &file->oid, file->flags, offs + (off_t)done,
                             (char *)data + done, piece_of(visit, size - done));
        if (n < 0)
            return mount_visit_result(visit, n);
        done += (size_t)n;
        if (n == 0 || file->is_device)
            break;
    }
    return (ssize_t)done;
}

ssize_t mount_write(struct mount_visit *visit, const struct mount_file *file, const void *data,
                    size_t size, off_t offs)
{
    size_t done = 0;
    while (done < size) {
        int32_t n = phx_write(&visit->asker, &file->oid, file->flags, offs + (off_t)done,
                              (const char *)data + done, piece_of(visit, size - done));
        if (n < 0 && done == 0)
            return mount_visit_result(visit, n);
        if (n < 0)
            break; /* the next write has it */
        done += (size_t)n;
        if (file->is_device)
            break;
    }
    return (ssize_t)done;
}

/* A server that does not know the message keeps nothing back. */
int mount_fsync(struct mount_visit *visit, const struct mount_file *file)
{
    struct phx_message message = {.type = PHOENIX_SYNC, .oid = file->oid};
    bool fits = phoenix_put_oid(PHOENIX_ABI_LP64, message.in, &file->oid);
    int32_t err = fits ? phx_send(&visit->asker, &message) : -EINVAL;
    if (visit->asker.status == VIA_OK && (err == -ENOSYS || err == -EINVAL))
        return 0;
    return mount_visit_result(visit, err);
}
