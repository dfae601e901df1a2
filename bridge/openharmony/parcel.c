/*
 * OpenHarmony parcels: the buffer, its cursors and its capacity. The octets, references and
 * descriptors are a core parcel's. The capacity is counted here as the system counts it, because
 * programs see it; the memory behind it is the core's and smaller.
 */
#include "bridge/openharmony/parcel.h"

#include <stdlib.h>

#include "include/openharmony/IPCKit/ipc_error_code.h"

#define CAPACITY_FIRST 64u
#define CAPACITY_PAGE 4096u

enum via_status oh_parcel_init(struct OHIPCParcel *parcel)
{
    struct via_parcel *payload = NULL;
    enum via_status status = via_parcel_create(&payload);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(payload, VIA_LAYOUT_OPENHARMONY);
    *parcel = (struct OHIPCParcel){.payload = payload};
    return VIA_OK;
}

void oh_parcel_init_received(struct OHIPCParcel *parcel, struct via_parcel *payload)
{
    *parcel = (struct OHIPCParcel){
        .payload = via_parcel_ref(payload),
        .capacity = via_parcel_size(payload),
        .received = true,
    };
}

void oh_parcel_deinit(struct OHIPCParcel *parcel)
{
    parcel->payload = via_parcel_unref(parcel->payload);
}

void oh_parcel_take_received(struct OHIPCParcel *parcel, struct via_parcel *payload)
{
    oh_parcel_deinit(parcel);
    oh_parcel_init_received(parcel, payload);
    via_parcel_unref(payload);
}

enum via_status oh_parcel_reset(struct OHIPCParcel *parcel)
{
    struct OHIPCParcel fresh;
    enum via_status status = oh_parcel_init(&fresh);
    if (status != VIA_OK)
        return status;
    oh_parcel_deinit(parcel);
    *parcel = fresh;
    return VIA_OK;
}

struct OHIPCParcel *oh_parcel_unconst(const struct OHIPCParcel *parcel)
{
    return (struct OHIPCParcel *)(uintptr_t)parcel;
}

/* The system's rule: powers of two from 64 up to one page, then whole pages with room to spare. */
static size_t capacity_for(size_t need)
{
    if (need == CAPACITY_PAGE)
        return CAPACITY_PAGE;
    if (need < CAPACITY_PAGE) {
        size_t capacity = CAPACITY_FIRST;
        while (capacity < need)
            capacity *= 2;
        return capacity;
    }
    size_t pages = need / CAPACITY_PAGE * CAPACITY_PAGE;
    if (pages > PARCEL_CAPACITY_MAX - CAPACITY_PAGE)
        return PARCEL_CAPACITY_MAX;
    return pages + CAPACITY_PAGE;
}

bool oh_parcel_make_room(struct OHIPCParcel *parcel, size_t size)
{
    if (parcel->received || size > PARCEL_CAPACITY_MAX)
        return false;
    if (parcel->capacity >= parcel->write_position &&
        size <= parcel->capacity - parcel->write_position)
        return true;
    size_t need = parcel->write_position + size;
    size_t capacity = capacity_for(need);
    if (capacity < need)
        return false;
    parcel->capacity = capacity;
    return true;
}

size_t oh_parcel_readable(const struct OHIPCParcel *parcel)
{
    size_t size = via_parcel_size(parcel->payload);
    return parcel->read_position < size ? size - parcel->read_position : 0;
}

static bool overlaps(size_t start, size_t size, size_t slot)
{
    return slot < start + size && start < slot + PARCEL_SLOT_SIZE;
}

bool oh_parcel_touches_slot(const struct OHIPCParcel *parcel, size_t size)
{
    size_t n_refs = via_parcel_n_refs(parcel->payload);
    for (size_t i = 0; i < n_refs; i++)
        if (overlaps(parcel->read_position, size, via_parcel_ref_offset(parcel->payload, i)))
            return true;
    size_t n_fds = via_parcel_n_fds(parcel->payload);
    for (size_t i = 0; i < n_fds; i++)
        if (overlaps(parcel->read_position, size, via_parcel_fd_offset(parcel->payload, i)))
            return true;
    return false;
}

/* ---- the kit ---- */

OHIPCParcel *OH_IPCParcel_Create(void)
{
    struct OHIPCParcel *parcel = malloc(sizeof *parcel);
    if (parcel == NULL)
        return NULL;
    if (oh_parcel_init(parcel) != VIA_OK) {
        free(parcel);
        return NULL;
    }
    return parcel;
}

void OH_IPCParcel_Destroy(OHIPCParcel *parcel)
{
    if (parcel == NULL)
        return;
    oh_parcel_deinit(parcel);
    free(parcel);
}

int OH_IPCParcel_GetDataSize(const OHIPCParcel *parcel)
{
    return parcel == NULL ? -1 : (int)via_parcel_size(parcel->payload);
}

int OH_IPCParcel_GetWritableBytes(const OHIPCParcel *parcel)
{
    if (parcel == NULL)
        return -1;
    return parcel->write_position < parcel->capacity
               ? (int)(parcel->capacity - parcel->write_position)
               : 0;
}

int OH_IPCParcel_GetReadableBytes(const OHIPCParcel *parcel)
{
    return parcel == NULL ? -1 : (int)oh_parcel_readable(parcel);
}

int OH_IPCParcel_GetReadPosition(const OHIPCParcel *parcel)
{
    return parcel == NULL ? -1 : (int)parcel->read_position;
}

int OH_IPCParcel_GetWritePosition(const OHIPCParcel *parcel)
{
    return parcel == NULL ? -1 : (int)parcel->write_position;
}

int OH_IPCParcel_RewindReadPosition(OHIPCParcel *parcel, uint32_t newReadPos)
{
    if (parcel == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (newReadPos > via_parcel_size(parcel->payload))
        return OH_IPC_INNER_ERROR;
    parcel->read_position = newReadPos;
    return OH_IPC_SUCCESS;
}

int OH_IPCParcel_RewindWritePosition(OHIPCParcel *parcel, uint32_t newWritePos)
{
    if (parcel == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (newWritePos > via_parcel_size(parcel->payload))
        return OH_IPC_INNER_ERROR;
    if (via_parcel_truncate(parcel->payload, newWritePos, PARCEL_SLOT_SIZE) != VIA_OK)
        return OH_IPC_INNER_ERROR;
    parcel->write_position = newWritePos;
    return OH_IPC_SUCCESS;
}

int OH_IPCParcel_Append(OHIPCParcel *parcel, const OHIPCParcel *data)
{
    if (parcel == NULL || data == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    size_t size = via_parcel_size(data->payload);
    if (size == 0)
        return OH_IPC_SUCCESS;
    if (!oh_parcel_make_room(parcel, size))
        return OH_IPC_PARCEL_WRITE_ERROR;
    if (via_parcel_append_parcel(parcel->payload, data->payload) != VIA_OK)
        return OH_IPC_PARCEL_WRITE_ERROR;
    parcel->write_position += size;
    return OH_IPC_SUCCESS;
}
