/*
 * The container: its life, its octets and the tape of tags. What is small stands in the object
 * itself; what grows moves to blocks of its own. Whatever can fail does so before anything is
 * changed; the tape alone is no reason to fail, without memory for it it is dropped.
 */

#include "codecs/parcel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "codecs/parcel_inside.h"

#define KEEP_SIZE_MAX 4096u /* a pooled parcel keeps a buffer of up to so many octets */

/* ---- room ---- */

size_t parcel_next_capacity(size_t capacity, size_t needed, size_t limit)
{
    size_t doubled = capacity > limit / 2 ? limit : capacity * 2;
    return doubled > needed ? doubled : needed;
}

/* @octets in a block of at least @capacity: grown if it is a block already, else copied. */
static uint8_t *grow_block(uint8_t *octets, const uint8_t *inline_octets, size_t size,
                           size_t capacity)
{
    if (octets != inline_octets)
        return realloc(octets, capacity);
    uint8_t *block = malloc(capacity);
    if (block != NULL)
        memcpy(block, octets, size);
    return block;
}

enum via_status parcel_reserve_octets(struct via_parcel *parcel, size_t more)
{
    if (more <= parcel->capacity - parcel->size)
        return VIA_OK;
    if (more > VIA_PARCEL_SIZE_MAX - parcel->size)
        return VIA_TOO_LARGE;
    size_t capacity =
        parcel_next_capacity(parcel->capacity, parcel->size + more, VIA_PARCEL_SIZE_MAX);
    uint8_t *block = grow_block(parcel->octets, parcel->inline_octets, parcel->size, capacity);
    if (block == NULL)
        return VIA_NO_MEMORY;
    parcel->octets = block;
    parcel->capacity = (uint32_t)capacity;
    return VIA_OK;
}

bool parcel_reserve_tape(struct via_parcel *parcel, size_t more)
{
    struct tape *tape = &parcel->tape;
    if (more <= parcel->tape_capacity - tape->size)
        return true;
    size_t capacity = parcel_next_capacity(parcel->tape_capacity, tape->size + more, UINT32_MAX);
    uint8_t *block = grow_block(tape->octets, parcel->inline_tape, tape->size, capacity);
    if (block == NULL)
        return false;
    tape->octets = block;
    parcel->tape_capacity = (uint32_t)capacity;
    return true;
}

/* ---- life ---- */

static void use_inline_octets(struct via_parcel *parcel)
{
    parcel->octets = parcel->inline_octets;
    parcel->capacity = PARCEL_INLINE_SIZE;
}

static void use_inline_tape(struct via_parcel *parcel)
{
    parcel->tape.octets = parcel->inline_tape;
    parcel->tape_capacity = PARCEL_INLINE_TAPE;
}

static void use_inline_lists(struct via_parcel *parcel)
{
    parcel->objects = parcel->inline_objects;
    parcel->ref_entries = parcel->inline_ref_entries;
    parcel->refs_capacity = PARCEL_INLINE_REFS;
    parcel->fds = parcel->inline_fds;
    parcel->fd_entries = parcel->inline_fd_entries;
    parcel->fds_capacity = PARCEL_INLINE_FDS;
}

void parcel_forget_tape(struct via_parcel *parcel, bool has_tape)
{
    parcel->has_tape = has_tape;
    parcel->tape.size = 0;
    parcel->tape.last = 0;
    parcel->reader.at = READER_LOST;
}

enum via_status via_parcel_create(struct via_parcel **parcelp)
{
    struct via_parcel *parcel = parcel_pool_take();
    if (parcel == NULL) {
        parcel = malloc(sizeof *parcel);
        if (parcel == NULL)
            return VIA_NO_MEMORY;
        use_inline_octets(parcel);
        use_inline_tape(parcel);
        use_inline_lists(parcel);
        parcel->n_refs = 0;
        parcel->n_fds = 0;
        parcel->size = 0;
        parcel->position = 0;
        parcel->lent = NULL;
        parcel->lent_size = 0;
        parcel->lent_whole = 0;
        parcel_forget_tape(parcel, true);
    }
    parcel->layout = VIA_LAYOUT_RAW;
    atomic_init(&parcel->n_owners, 1);
    *parcelp = parcel;
    return VIA_OK;
}

struct via_parcel *via_parcel_ref(struct via_parcel *parcel)
{
    atomic_fetch_add_explicit(&parcel->n_owners, 1, memory_order_relaxed);
    return parcel;
}

/* Dropping a reference runs its owner's code, so it is no longer in the list by then. */
void parcel_drop_from(struct via_parcel *parcel, size_t n_refs, size_t n_fds)
{
    while (parcel->n_refs > n_refs) {
        struct object *object = parcel->objects[--parcel->n_refs];
        object->ops->unref(object);
    }
    while (parcel->n_fds > n_fds)
        (void)close(parcel->fds[--parcel->n_fds]);
}

void via_parcel_clear(struct via_parcel *parcel)
{
    parcel_drop_from(parcel, 0, 0);
    parcel->size = 0;
    parcel->position = 0;
    parcel->lent = NULL;
    parcel->lent_size = 0;
    parcel->lent_whole = 0;
    parcel_forget_tape(parcel, true);
}

/* Gives back the blocks of an empty parcel that are larger than a pool should hold. */
static void shrink(struct via_parcel *parcel)
{
    if (parcel->capacity > KEEP_SIZE_MAX) {
        free(parcel->octets);
        use_inline_octets(parcel);
    }
    if (parcel->tape_capacity > KEEP_SIZE_MAX) {
        free(parcel->tape.octets);
        use_inline_tape(parcel);
    }
    if (parcel->objects != parcel->inline_objects)
        free(parcel->objects);
    if (parcel->fds != parcel->inline_fds)
        free(parcel->fds);
    use_inline_lists(parcel);
}

void parcel_free(struct via_parcel *parcel)
{
    if (parcel->octets != parcel->inline_octets)
        free(parcel->octets);
    if (parcel->tape.octets != parcel->inline_tape)
        free(parcel->tape.octets);
    free(parcel);
}

/* Nobody takes a reference while the last owner drops it, so that one needs no atomic exchange. */
static bool is_last_owner(struct via_parcel *parcel)
{
    return atomic_load_explicit(&parcel->n_owners, memory_order_acquire) == 1 ||
           atomic_fetch_sub_explicit(&parcel->n_owners, 1, memory_order_acq_rel) == 1;
}

struct via_parcel *via_parcel_unref(struct via_parcel *parcel)
{
    if (parcel == NULL || !is_last_owner(parcel))
        return NULL;
    via_parcel_clear(parcel);
    shrink(parcel);
    if (!parcel_pool_give(parcel))
        parcel_free(parcel);
    return NULL;
}

/* ---- octets ---- */

enum via_layout via_parcel_layout(const struct via_parcel *parcel)
{
    return parcel->layout;
}

void via_parcel_set_layout(struct via_parcel *parcel, enum via_layout layout)
{
    if (parcel->layout != layout && parcel->size != 0)
        parcel_forget_tape(parcel, false); /* its tags told of the old layout */
    parcel->layout = layout;
}

uint8_t *via_parcel_data(struct via_parcel *parcel)
{
    return parcel->octets;
}

size_t via_parcel_size(const struct via_parcel *parcel)
{
    return parcel->size;
}

size_t via_parcel_tell(const struct via_parcel *parcel)
{
    return parcel->position;
}

enum via_status via_parcel_seek(struct via_parcel *parcel, size_t position)
{
    if (position > parcel->size)
        return VIA_END;
    parcel->position = (uint32_t)position;
    return VIA_OK;
}

enum via_status via_parcel_reserve(struct via_parcel *parcel, size_t size)
{
    return size > parcel->size ? parcel_reserve_octets(parcel, size - parcel->size) : VIA_OK;
}

static void record(struct via_parcel *parcel, enum via_tag tag, size_t value_size)
{
    if (!parcel->has_tape)
        return;
    if (tag == VIA_TAG_PAD || !parcel_reserve_tape(parcel, TAPE_ENTRY_MAX)) {
        parcel_forget_tape(parcel, false);
        return;
    }
    tape_add(&parcel->tape, tag, (uint32_t)value_size);
    parcel->reader.at = READER_LOST; /* the last entry may have changed under it */
}

enum via_status parcel_extend(struct via_parcel *parcel, size_t size, enum via_tag tag,
                              size_t value_size, uint8_t **atp)
{
    enum via_status status = parcel_reserve_octets(parcel, size);
    if (status != VIA_OK)
        return status;
    if (size != 0)
        record(parcel, tag, value_size);
    *atp = parcel->octets + parcel->size;
    parcel->size += (uint32_t)size;
    return VIA_OK;
}

static bool is_tag(enum via_tag tag)
{
    return (unsigned)tag < TAPE_TAGS;
}

enum via_status via_parcel_append(struct via_parcel *parcel, const void *octets, size_t size,
                                  enum via_tag tag, uint8_t **placep)
{
    if (!is_tag(tag))
        return VIA_INVALID;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, size, tag, size, &at);
    if (status != VIA_OK)
        return status;
    if (octets != NULL)
        memcpy(at, octets, size);
    else
        memset(at, 0, size);
    if (placep != NULL)
        *placep = at;
    return VIA_OK;
}

enum via_status via_parcel_extend(struct via_parcel *parcel, size_t size, enum via_tag tag,
                                  size_t value_size, uint8_t **placep)
{
    if (!is_tag(tag) || value_size > size)
        return VIA_INVALID;
    return parcel_extend(parcel, size, tag, value_size, placep);
}

enum via_status via_parcel_append_sized(struct via_parcel *parcel, const void *octets,
                                        size_t value_size, size_t padded_size, enum via_tag tag)
{
    if (!is_tag(tag) || value_size > padded_size)
        return VIA_INVALID;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, padded_size, tag, value_size, &at);
    if (status != VIA_OK)
        return status;
    at = octets_append(at, octets, value_size);
    (void)octets_append_zeros(at, padded_size - value_size);
    return VIA_OK;
}

void parcel_lend(struct via_parcel *parcel, const void *octets, size_t size, size_t whole)
{
    assert(size <= whole && whole <= VIA_PARCEL_SIZE_MAX - parcel->size);
    parcel->lent = octets;
    parcel->lent_size = (uint32_t)size;
    parcel->lent_whole = (uint32_t)whole;
    parcel_forget_tape(parcel, false);
}

bool via_parcel_has_tape(const struct via_parcel *parcel)
{
    return parcel->has_tape;
}

void via_parcel_drop_tape(struct via_parcel *parcel)
{
    parcel_forget_tape(parcel, parcel->size == 0);
}
