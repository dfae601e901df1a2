/*
 * What a parcel refers to: objects and descriptors, each by the place of its slot in the octets.
 * Both lists are ascending, with entries as a frame has them, so that a payload can be walked and a
 * frame filled without translating them first. Neither list holds an empty entry: a slot without an
 * object has none.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/parcel.h"
#include "codecs/parcel_inside.h"

enum via_status parcel_reserve_refs(struct via_parcel *parcel, size_t more)
{
    if (more <= (size_t)(parcel->refs_capacity - parcel->n_refs))
        return VIA_OK;
    if (more > VIA_PARCEL_REFS_MAX - parcel->n_refs)
        return VIA_TOO_LARGE;
    size_t n = parcel->n_refs;
    size_t capacity = parcel_next_capacity(parcel->refs_capacity, n + more, VIA_PARCEL_REFS_MAX);
    struct object **objects = malloc(capacity * (sizeof *objects + PARCEL_ENTRY_SIZE));
    if (objects == NULL)
        return VIA_NO_MEMORY;
    uint8_t *entries = (uint8_t *)(objects + capacity);
    memcpy(objects, parcel->objects, n * sizeof *objects);
    memcpy(entries, parcel->ref_entries, n * PARCEL_ENTRY_SIZE);
    if (parcel->objects != parcel->inline_objects)
        free(parcel->objects);
    parcel->objects = objects;
    parcel->ref_entries = entries;
    parcel->refs_capacity = (uint16_t)capacity;
    return VIA_OK;
}

enum via_status parcel_reserve_fds(struct via_parcel *parcel, size_t more)
{
    if (more <= (size_t)(parcel->fds_capacity - parcel->n_fds))
        return VIA_OK;
    if (more > VIA_PARCEL_FDS_MAX - parcel->n_fds)
        return VIA_TOO_LARGE;
    size_t n = parcel->n_fds;
    size_t capacity = parcel_next_capacity(parcel->fds_capacity, n + more, VIA_PARCEL_FDS_MAX);
    int *fds = malloc(capacity * (sizeof *fds + PARCEL_ENTRY_SIZE));
    if (fds == NULL)
        return VIA_NO_MEMORY;
    uint8_t *entries = (uint8_t *)(fds + capacity);
    memcpy(fds, parcel->fds, n * sizeof *fds);
    memcpy(entries, parcel->fd_entries, n * PARCEL_ENTRY_SIZE);
    if (parcel->fds != parcel->inline_fds)
        free(parcel->fds);
    parcel->fds = fds;
    parcel->fd_entries = entries;
    parcel->fds_capacity = (uint16_t)capacity;
    return VIA_OK;
}

static uint32_t entry_offset(const uint8_t *entries, size_t index)
{
    return octets_get_u32(entries + index * PARCEL_ENTRY_SIZE);
}

size_t parcel_find_entry(const uint8_t *entries, size_t n, size_t offset)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (entry_offset(entries, middle) < offset)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* What @n entries, ascending, allow to be added: something inside the octets, behind the last. */
static bool is_next_place(const struct via_parcel *parcel, const uint8_t *entries, size_t n,
                          size_t offset)
{
    return offset < parcel->size && (n == 0 || offset > entry_offset(entries, n - 1));
}

void parcel_push_ref(struct via_parcel *parcel, size_t offset, struct object *object, uint16_t kind)
{
    struct frame_ref ref = {.offset = (uint32_t)offset, .kind = kind};
    frame_ref_put(parcel->ref_entries, parcel->n_refs, &ref);
    parcel->objects[parcel->n_refs++] = object;
}

void parcel_push_fd(struct via_parcel *parcel, const struct frame_fd *entry, int fd)
{
    frame_fd_put(parcel->fd_entries, parcel->n_fds, entry);
    parcel->fds[parcel->n_fds++] = fd;
}

/* A proxy begins with the object that it is to us. */
static struct object *object_of(struct via_proxy *proxy)
{
    return (struct object *)proxy;
}

enum via_status via_parcel_add_ref(struct via_parcel *parcel, size_t offset,
                                   struct via_proxy *proxy, uint16_t kind)
{
    if (proxy == NULL || !is_next_place(parcel, parcel->ref_entries, parcel->n_refs, offset))
        return VIA_INVALID;
    enum via_status status = parcel_reserve_refs(parcel, 1);
    if (status != VIA_OK)
        return status;
    struct object *object = object_of(proxy);
    object->ops->ref(object);
    parcel_push_ref(parcel, offset, object, kind);
    return VIA_OK;
}

struct via_proxy *via_parcel_ref_at(const struct via_parcel *parcel, size_t offset, uint16_t *kindp)
{
    size_t index = parcel_find_entry(parcel->ref_entries, parcel->n_refs, offset);
    if (index == parcel->n_refs || entry_offset(parcel->ref_entries, index) != offset)
        return NULL;
    if (kindp != NULL) {
        struct frame_ref ref;
        frame_ref_get(parcel->ref_entries, index, &ref);
        *kindp = ref.kind;
    }
    return (struct via_proxy *)parcel->objects[index];
}

size_t via_parcel_n_refs(const struct via_parcel *parcel)
{
    return parcel->n_refs;
}

size_t via_parcel_ref_offset(const struct via_parcel *parcel, size_t index)
{
    assert(index < parcel->n_refs);
    return entry_offset(parcel->ref_entries, index);
}

enum via_status via_parcel_add_fd(struct via_parcel *parcel, size_t offset, int fd)
{
    if (fd < 0 || !is_next_place(parcel, parcel->fd_entries, parcel->n_fds, offset))
        return VIA_INVALID;
    enum via_status status = parcel_reserve_fds(parcel, 1);
    if (status != VIA_OK)
        return status;
    parcel_push_fd(parcel, &(struct frame_fd){.offset = (uint32_t)offset}, fd);
    return VIA_OK;
}

int via_parcel_fd_at(const struct via_parcel *parcel, size_t offset)
{
    size_t index = parcel_find_entry(parcel->fd_entries, parcel->n_fds, offset);
    if (index == parcel->n_fds || entry_offset(parcel->fd_entries, index) != offset)
        return -1;
    return parcel->fds[index];
}

size_t via_parcel_n_fds(const struct via_parcel *parcel)
{
    return parcel->n_fds;
}

size_t via_parcel_fd_offset(const struct via_parcel *parcel, size_t index)
{
    assert(index < parcel->n_fds);
    return entry_offset(parcel->fd_entries, index);
}

enum via_status parcel_extend_ref(struct via_parcel *parcel, size_t slot_size,
                                  struct via_proxy *proxy, uint8_t **atp)
{
    size_t offset = parcel->size;
    enum via_status status = proxy != NULL ? parcel_reserve_refs(parcel, 1) : VIA_OK;
    if (status == VIA_OK)
        status = parcel_extend(parcel, slot_size, VIA_TAG_REF, 0, atp);
    if (status != VIA_OK || proxy == NULL)
        return status;
    struct object *object = object_of(proxy);
    object->ops->ref(object);
    parcel_push_ref(parcel, offset, object, 0);
    return VIA_OK;
}

enum via_status parcel_dup_fd(int fd, int *fdp)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own >= 0) {
        *fdp = own;
        return VIA_OK;
    }
    return errno == EMFILE || errno == ENFILE ? VIA_BUSY : VIA_INVALID;
}

enum via_status parcel_extend_fd(struct via_parcel *parcel, size_t slot_size, int fd, uint8_t **atp)
{
    size_t offset = parcel->size;
    enum via_status status = parcel_reserve_fds(parcel, 1);
    if (status == VIA_OK)
        status = parcel_reserve_octets(parcel, slot_size);
    int own = -1;
    if (status == VIA_OK)
        status = parcel_dup_fd(fd, &own);
    if (status == VIA_OK)
        status = parcel_extend(parcel, slot_size, VIA_TAG_FD, 0, atp);
    if (status != VIA_OK)
        return status;
    parcel_push_fd(parcel, &(struct frame_fd){.offset = (uint32_t)offset}, own);
    return VIA_OK;
}
