/*
 * HDF's sbufs: their life, their memory and their positions. The octets are a core parcel's, which
 * goes to the wire as it is; bound memory has none until it must be sent. The capacity is counted
 * as the system counts it, because programs see it and write into it: there are always as many
 * octets behind the data, and none of them is left over from another parcel.
 *
 * What HdfSbufGetImpl() gives is the sbuf itself, with one owner more for each sbuf that is made on
 * it: the system has two owners there and frees twice.
 */
#include "bridge/hdf/sbuf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"

#define IPC_CAPACITY_FIRST 64u
#define IPC_CAPACITY_PAGE 4096u

/* ---- room ---- */

/* The system's rule for SBUF_IPC: powers of two from 64 up to one page, then whole pages with room
 * to spare. 0: there is none for so many. */
static size_t ipc_capacity_for(size_t need)
{
    if (need <= IPC_CAPACITY_PAGE) {
        size_t capacity = IPC_CAPACITY_FIRST;
        while (capacity < need)
            capacity *= 2;
        return capacity;
    }
    if (need > SBUF_IPC_SIZE_MAX)
        return 0;
    size_t pages = need / IPC_CAPACITY_PAGE * IPC_CAPACITY_PAGE;
    return pages > SBUF_IPC_SIZE_MAX - IPC_CAPACITY_PAGE ? SBUF_IPC_SIZE_MAX
                                                         : pages + IPC_CAPACITY_PAGE;
}

/* The capacity after growing for an item of @size octets; 0 for none. It may be refused where the
 * item alone would fit: so it is in the system. */
static size_t raw_capacity_for(size_t capacity, size_t size)
{
    size_t step = size > SBUF_GROWTH ? size + SBUF_GROWTH : SBUF_GROWTH;
    if (capacity > SBUF_SIZE_MAX || step > SBUF_SIZE_MAX - capacity)
        return 0;
    capacity += step;
    return capacity + octets_padding(capacity, SBUF_UNIT);
}

static enum via_status create_payload(struct via_parcel **payloadp, size_t capacity)
{
    struct via_parcel *payload = NULL;
    enum via_status status = via_parcel_create(&payload);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    status = via_parcel_reserve(payload, capacity);
    if (status != VIA_OK)
        payload = via_parcel_unref(payload);
    *payloadp = payload;
    return status;
}

/* A parcel in place of memory that was bound and given away. */
static bool take_into_payload(struct HdfSBuf *sbuf, size_t capacity)
{
    struct via_parcel *payload = NULL;
    if (create_payload(&payload, capacity) != VIA_OK)
        return false;
    if (via_parcel_append(payload, sbuf->data, sbuf->size, VIA_TAG_PAD, NULL) != VIA_OK) {
        via_parcel_unref(payload);
        return false;
    }
    free(sbuf->data);
    sbuf->payload = payload;
    return true;
}

static bool grow(struct HdfSBuf *sbuf, size_t capacity)
{
    if (sbuf->payload == NULL && !take_into_payload(sbuf, capacity))
        return false;
    if (via_parcel_reserve(sbuf->payload, capacity) != VIA_OK)
        return false;
    sbuf->data = via_parcel_data(sbuf->payload);
    memset(sbuf->data + sbuf->size, 0, capacity - sbuf->size);
    sbuf->capacity = capacity;
    return true;
}

bool sbuf_make_room(struct HdfSBuf *sbuf, size_t before, size_t size)
{
    size_t left = sbuf->capacity - sbuf->size;
    if (before <= left && size <= left - before)
        return true;
    if (sbuf->is_bound || size > SBUF_SIZE_MAX || (sbuf->data == NULL && !sbuf->is_ipc))
        return false;
    size_t capacity = sbuf->is_ipc ? ipc_capacity_for(sbuf->size + before + size)
                                   : raw_capacity_for(sbuf->capacity, size);
    return capacity != 0 && grow(sbuf, capacity);
}

uint8_t *sbuf_extend(struct HdfSBuf *sbuf, size_t size, enum via_tag tag, size_t value_size)
{
    uint8_t *at = sbuf->data + sbuf->size;
    if (sbuf->payload != NULL) {
        enum via_status status = via_parcel_extend(
            sbuf->payload, size, sbuf->is_ipc ? VIA_TAG_PAD : tag, value_size, &at);
        assert(status == VIA_OK); /* the room was reserved */
    }
    sbuf->size += size;
    return at;
}

void sbuf_resize(struct HdfSBuf *sbuf, size_t size)
{
    assert(size <= sbuf->capacity);
    if (size > sbuf->size) {
        (void)sbuf_extend(sbuf, size - sbuf->size, VIA_TAG_PAD, 0);
        return;
    }
    if (sbuf->payload != NULL) {
        enum via_status status = via_parcel_truncate(sbuf->payload, size, SBUF_SLOT_SIZE);
        assert(status == VIA_OK); /* to less than there is */
    }
    sbuf_drop_services(sbuf, size);
    sbuf->size = size;
}

uint8_t *sbuf_take(struct HdfSBuf *sbuf, size_t size)
{
    size_t left = sbuf->size - sbuf->position;
    size_t padding = octets_padding(size, SBUF_UNIT);
    if (size > left || padding > left - size)
        return NULL;
    uint8_t *at = sbuf->data + sbuf->position;
    sbuf->position += size + padding;
    return at;
}

/* ---- life ---- */

static struct HdfSBuf *create(struct via_parcel *take_payload)
{
    struct HdfSBuf *sbuf = calloc(1, sizeof *sbuf);
    if (sbuf == NULL)
        return NULL;
    sbuf->n_owners = 1;
    sbuf->payload = take_payload;
    return sbuf;
}

static struct HdfSBuf *obtain(size_t capacity, bool is_ipc)
{
    struct via_parcel *payload = NULL;
    if (create_payload(&payload, capacity) != VIA_OK)
        return NULL;
    struct HdfSBuf *sbuf = create(payload);
    if (sbuf == NULL) {
        via_parcel_unref(payload);
        return NULL;
    }
    sbuf->is_ipc = is_ipc;
    if (is_ipc)
        return sbuf;
    sbuf->data = via_parcel_data(payload);
    sbuf->capacity = capacity;
    memset(sbuf->data, 0, capacity);
    return sbuf;
}

struct HdfSBuf *HdfSbufTypedObtainCapacity(uint32_t type, size_t capacity)
{
    if (type == SBUF_IPC)
        return obtain(0, true);
    if (type != SBUF_RAW || capacity == 0 || capacity > SBUF_SIZE_MAX)
        return NULL;
    return obtain(capacity, false);
}

struct HdfSBuf *HdfSbufTypedObtain(uint32_t type)
{
    return HdfSbufTypedObtainCapacity(type, SBUF_SIZE_DEFAULT);
}

struct HdfSBuf *HdfSbufObtain(size_t capacity)
{
    return HdfSbufTypedObtainCapacity(SBUF_RAW, capacity);
}

struct HdfSBuf *HdfSbufObtainDefaultSize(void)
{
    return HdfSbufObtain(SBUF_SIZE_DEFAULT);
}

struct HdfSBuf *HdfSBufObtainDefaultSize(void)
{
    return HdfSbufObtainDefaultSize();
}

struct HdfSBuf *HdfSbufTypedObtainInplace(uint32_t type, struct HdfSBufImpl *impl)
{
    if (type >= SBUF_TYPE_MAX || impl == NULL)
        return NULL;
    struct HdfSBuf *sbuf = (struct HdfSBuf *)impl;
    sbuf->n_owners++;
    return sbuf;
}

struct HdfSBuf *HdfSbufTypedBind(uint32_t type, uintptr_t base, size_t size)
{
    if ((type != SBUF_RAW && type != SBUF_IPC) || base == 0 || size == 0 || base % SBUF_UNIT != 0)
        return NULL;
    struct HdfSBuf *sbuf = create(NULL);
    if (sbuf == NULL)
        return NULL;
    sbuf->is_ipc = type == SBUF_IPC;
    sbuf->is_bound = true;
    sbuf->data = (uint8_t *)base;
    sbuf->capacity = size;
    sbuf->size = size;
    return sbuf;
}

struct HdfSBuf *HdfSbufBind(uintptr_t base, size_t size)
{
    return HdfSbufTypedBind(SBUF_RAW, base, size);
}

struct HdfSBuf *HdfSbufCopy(const struct HdfSBuf *sbuf)
{
    if (sbuf == NULL || sbuf->is_ipc || sbuf->data == NULL)
        return NULL;
    struct HdfSBuf *copy = HdfSbufObtain(sbuf->capacity);
    if (copy == NULL)
        return NULL;
    enum via_status status =
        sbuf->payload != NULL
            ? via_parcel_append_parcel(copy->payload, sbuf->payload)
            : via_parcel_append(copy->payload, sbuf->data, sbuf->size, VIA_TAG_PAD, NULL);
    if (status != VIA_OK) {
        HdfSbufRecycle(copy);
        return NULL;
    }
    copy->size = sbuf->size;
    memcpy(copy->data + copy->size, sbuf->data + sbuf->size, sbuf->capacity - sbuf->size);
    return copy;
}

struct HdfSBuf *HdfSbufMove(struct HdfSBuf *sbuf)
{
    if (sbuf == NULL || sbuf->is_ipc || sbuf->is_bound)
        return NULL;
    struct HdfSBuf *moved = create(sbuf->payload);
    if (moved == NULL)
        return NULL;
    moved->data = sbuf->data;
    moved->capacity = sbuf->capacity;
    moved->size = sbuf->size;
    *sbuf = (struct HdfSBuf){.n_owners = sbuf->n_owners};
    return moved;
}

void HdfSbufTransDataOwnership(struct HdfSBuf *sbuf)
{
    if (sbuf != NULL && !sbuf->is_ipc)
        sbuf->is_bound = false;
}

void HdfSbufRecycle(struct HdfSBuf *sbuf)
{
    if (sbuf == NULL || --sbuf->n_owners != 0)
        return;
    if (sbuf->payload != NULL)
        via_parcel_unref(sbuf->payload);
    else if (!sbuf->is_bound)
        free(sbuf->data);
    free(sbuf->services);
    free(sbuf);
}

void HdfSBufRecycle(struct HdfSBuf *sbuf)
{
    HdfSbufRecycle(sbuf);
}

/* ---- state ---- */

struct HdfSBufImpl *HdfSbufGetImpl(struct HdfSBuf *sbuf)
{
    return (struct HdfSBufImpl *)sbuf;
}

uint8_t *HdfSbufGetData(const struct HdfSBuf *sbuf)
{
    return sbuf == NULL ? NULL : sbuf->data;
}

size_t HdfSbufGetDataSize(const struct HdfSBuf *sbuf)
{
    return sbuf == NULL ? 0 : sbuf->size;
}

size_t HdfSbufGetCapacity(const struct HdfSBuf *sbuf)
{
    return sbuf == NULL ? 0 : sbuf->capacity;
}

void HdfSbufSetDataSize(struct HdfSBuf *sbuf, size_t size)
{
    if (sbuf == NULL || size > sbuf->capacity)
        return;
    sbuf_resize(sbuf, size);
    sbuf->position = 0;
}

void HdfSbufFlush(struct HdfSBuf *sbuf)
{
    if (sbuf == NULL)
        return;
    sbuf_resize(sbuf, 0);
    sbuf->position = 0;
    if (sbuf->is_ipc) { /* the system gives its memory back there */
        sbuf->data = NULL;
        sbuf->capacity = 0;
    }
}

/* ---- the client and driver sides ---- */

/* @payload's octets alone. Objects and descriptors cross no driver call: a peer that sends some has
 * them dropped before they reach a driver, which might pass them on. */
static struct HdfSBuf *wrap_octets(struct via_parcel *payload)
{
    struct HdfSBuf *sbuf = obtain(via_parcel_size(payload), false);
    if (sbuf == NULL)
        return NULL;
    sbuf_resize(sbuf, sbuf->capacity);
    (void)octets_append(sbuf->data, via_parcel_data(payload), sbuf->size);
    return sbuf;
}

struct HdfSBuf *sbuf_wrap(struct via_parcel *payload)
{
    if (via_parcel_n_refs(payload) != 0 || via_parcel_n_fds(payload) != 0)
        return wrap_octets(payload);
    size_t size = via_parcel_size(payload);
    if (size == 0)
        return HdfSbufObtainDefaultSize();
    struct HdfSBuf *sbuf = create(via_parcel_ref(payload));
    if (sbuf == NULL) {
        via_parcel_unref(payload);
        return NULL;
    }
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    sbuf->data = via_parcel_data(payload);
    sbuf->capacity = size;
    sbuf->size = size;
    return sbuf;
}

enum via_status sbuf_payload(const struct HdfSBuf *sbuf, struct via_parcel **payloadp)
{
    if (sbuf != NULL && sbuf->is_ipc)
        return VIA_BAD_TYPE;
    if (sbuf != NULL && sbuf->payload != NULL) {
        *payloadp = via_parcel_ref(sbuf->payload);
        return VIA_OK;
    }
    struct via_parcel *payload = NULL;
    enum via_status status = create_payload(&payload, 0);
    if (status != VIA_OK)
        return status;
    if (sbuf != NULL && sbuf->size != 0)
        status = via_parcel_append(payload, sbuf->data, sbuf->size, VIA_TAG_PAD, NULL);
    if (status != VIA_OK) {
        via_parcel_unref(payload);
        return status;
    }
    *payloadp = payload;
    return VIA_OK;
}

/* Octets and tape, where both are sbufs; else octets alone. */
static enum via_status fill_payload(struct via_parcel *payload, const struct via_parcel *from,
                                    const uint8_t *octets, size_t size)
{
    if (via_parcel_layout(from) == VIA_LAYOUT_SBUF && via_parcel_n_refs(from) == 0 &&
        via_parcel_n_fds(from) == 0)
        return via_parcel_append_parcel(payload, from);
    return via_parcel_append(payload, octets, size, VIA_TAG_PAD, NULL);
}

enum via_status sbuf_fill(struct HdfSBuf *sbuf, struct via_parcel *from)
{
    size_t size = via_parcel_size(from);
    const uint8_t *octets = via_parcel_data(from);
    HdfSbufFlush(sbuf);
    if (sbuf->is_ipc)
        return VIA_BAD_TYPE;
    if (size > sbuf->capacity)
        return VIA_TOO_LARGE;
    if (size == 0)
        return VIA_OK;
    if (sbuf->payload == NULL) {
        memcpy(sbuf->data, octets, size);
    } else {
        enum via_status status = fill_payload(sbuf->payload, from, octets, size);
        if (status != VIA_OK)
            return status;
    }
    sbuf->size = size;
    return VIA_OK;
}
