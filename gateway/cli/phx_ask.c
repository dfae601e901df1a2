/*
 * Messages that are sent for many purposes: what is opened, read, written, made and taken away.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "gateway/cli/phx.h"

#define ABI PHOENIX_ABI_LP64

int32_t phx_open(struct phx_asker *asker, struct phoenix_oid *oid, uint32_t flags)
{
    struct phx_message message = {.type = PHOENIX_OPEN, .oid = *oid};
    phx_set(&message, "flags", flags);
    int32_t err = phx_send(asker, &message);
    if (err > 0)
        oid->id = (uint64_t)err;
    return err;
}

int32_t phx_close(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t flags,
                  int32_t err)
{
    struct phx_message message = {.type = PHOENIX_CLOSE, .oid = *oid};
    if (asker->status != VIA_OK) /* nobody answers; the server hears of our end */
        return err;
    phx_set(&message, "flags", flags);
    const int32_t closed = phx_send(asker, &message);
    if (err >= 0)
        return closed;
    asker->status = VIA_OK;
    return err;
}

/* More than there was room for, or was sent, is no count of octets. */
static int32_t count(int32_t n, size_t size)
{
    return n > 0 && (size_t)n > size ? -EINVAL : n;
}

int32_t phx_read(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t mode,
                 int64_t offs, void *data, size_t size)
{
    struct phx_message message = {
        .type = PHOENIX_READ, .oid = *oid, .room = data, .room_size = size};
    phx_set(&message, "offs", (uint64_t)offs);
    phx_set(&message, "mode", mode);
    return count(phx_send(asker, &message), size);
}

int32_t phx_write(struct phx_asker *asker, const struct phoenix_oid *oid, uint32_t mode,
                  int64_t offs, const void *data, size_t size)
{
    struct phx_message message = {.type = PHOENIX_WRITE, .oid = *oid, .data = data, .size = size};
    phx_set(&message, "offs", (uint64_t)offs);
    phx_set(&message, "mode", mode);
    int32_t n = count(phx_send(asker, &message), size);
    if (asker->status == VIA_OK && (n == -EINVAL || n == 0) && size > 0 && message.err >= 0)
        return -EIO;
    return n;
}

int32_t phx_truncate(struct phx_asker *asker, const struct phoenix_oid *oid, uint64_t size)
{
    struct phx_message message = {.type = PHOENIX_TRUNCATE, .oid = *oid};
    phx_set(&message, "len", size);
    return phx_send(asker, &message);
}

int32_t phx_attribute(struct phx_asker *asker, const struct phoenix_oid *oid, const char *attribute,
                      int64_t *valuep)
{
    struct phx_message message = {.type = PHOENIX_GETATTR, .oid = *oid};
    phx_set_attribute(&message, attribute);
    int32_t err = phx_send(asker, &message);
    if (err >= 0)
        *valuep = (int64_t)phx_get(&message, "val");
    return err;
}

int32_t phx_cover(struct phx_asker *asker, const struct phoenix_oid *covered,
                  const struct phoenix_oid *root)
{
    struct phx_message message = {.type = PHOENIX_SETATTR, .oid = *covered};
    const struct phoenix_struct *structure = phoenix_struct_of(PHOENIX_ATTR);
    uint8_t data[PHOENIX_STRUCT_MAX] = {0};
    phx_set(&message, "attr", PHOENIX_AT_DEV);
    bool fits = phoenix_put_oid(ABI, data, root);
    assert(fits);
    (void)fits;
    message.data = data;
    message.size = phoenix_struct_size(structure, ABI);
    return phx_send(asker, &message);
}

/* A name and its NUL, and a symbolic link's target and its. */
static size_t put_names(const char *name, const char *target,
                        char names[PHX_NAME_MAX + 1 + PHX_PATH_MAX])
{
    const size_t before = strlen(name) + 1;
    memcpy(names, name, before);
    if (target == NULL)
        return before;
    memcpy(names + before, target, strlen(target) + 1);
    return before + strlen(target) + 1;
}

int32_t phx_create(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                   enum phx_object kind, uint32_t mode, const char *target,
                   struct phoenix_oid *oidp)
{
    struct phx_message message = {.type = PHOENIX_CREATE, .oid = *dir};
    char names[PHX_NAME_MAX + 1 + PHX_PATH_MAX];
    if (strlen(name) > PHX_NAME_MAX || (target != NULL && strlen(target) >= PHX_PATH_MAX))
        return -ENAMETOOLONG;
    phx_set(&message, "otype", kind);
    phx_set(&message, "mode", mode);
    message.data = names;
    message.size = put_names(name, target, names);
    int32_t err = phx_send(asker, &message);
    if (err >= 0)
        *oidp = phx_get_oid(&message, "oid");
    return err;
}

int32_t phx_unlink(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                   const struct phoenix_oid *what)
{
    struct phx_message message = {.type = PHOENIX_UNLINK, .oid = *dir};
    phx_set_oid(&message, "ln", what);
    phx_set_text(&message, name);
    return phx_send(asker, &message);
}
