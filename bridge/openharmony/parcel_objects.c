/*
 * OpenHarmony parcels: remote objects and descriptors. Each takes a slot of 24 octets, which hold a
 * mark of their kind and zeros; the object itself is on the core parcel's list, by the slot's
 * place. Stub and proxy forms differ in the handle they take and give alone.
 */
#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge/openharmony/parcel.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

/* As the layout in codecs/ writes them. */
#define SLOT_MARK_OBJECT 0x73682a85u
#define SLOT_MARK_FD 0x66642a85u

/* Puts an empty slot behind the data; *startp is its place. */
static int open_slot(OHIPCParcel *parcel, uint32_t mark, enum via_tag tag, size_t *startp)
{
    uint8_t slot[PARCEL_SLOT_SIZE] = {0};
    memcpy(slot, &mark, sizeof mark);
    if (!oh_parcel_make_room(parcel, sizeof slot))
        return OH_IPC_PARCEL_WRITE_ERROR;
    *startp = via_parcel_size(parcel->payload);
    if (via_parcel_append(parcel->payload, slot, sizeof slot, tag, NULL) != VIA_OK)
        return OH_IPC_PARCEL_WRITE_ERROR;
    return OH_IPC_SUCCESS;
}

/* The slot is full, or, on an error, taken back. */
static int close_slot(OHIPCParcel *parcel, size_t start, enum via_status status)
{
    if (status != VIA_OK) {
        enum via_status undone = via_parcel_truncate(parcel->payload, start, PARCEL_SLOT_SIZE);
        assert(undone == VIA_OK); /* to less than there is */
        return OH_IPC_PARCEL_WRITE_ERROR;
    }
    parcel->write_position = start + PARCEL_SLOT_SIZE;
    return OH_IPC_SUCCESS;
}

static int write_object(OHIPCParcel *parcel, struct via_proxy *object)
{
    size_t start = 0;
    int error = open_slot(parcel, SLOT_MARK_OBJECT, VIA_TAG_REF, &start);
    if (error != OH_IPC_SUCCESS)
        return error;
    return close_slot(parcel, start, via_parcel_add_ref(parcel->payload, start, object, 0));
}

/* The object whose slot starts at the cursor, borrowed; the cursor passes any slot that starts
 * there. */
static struct via_proxy *read_object(struct OHIPCParcel *parcel)
{
    size_t start = parcel->read_position;
    if (oh_parcel_readable(parcel) < PARCEL_SLOT_SIZE)
        return NULL;
    struct via_proxy *object = via_parcel_ref_at(parcel->payload, start, NULL);
    if (object != NULL || via_parcel_fd_at(parcel->payload, start) >= 0)
        parcel->read_position += PARCEL_SLOT_SIZE;
    return object;
}

/* ---- the kit ---- */

int OH_IPCParcel_WriteRemoteStub(OHIPCParcel *parcel, const OHIPCRemoteStub *stub)
{
    if (parcel == NULL || stub == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct via_proxy *object = remote_stub_object(stub);
    if (object == NULL)
        return OH_IPC_PARCEL_WRITE_ERROR;
    int error = write_object(parcel, object);
    via_proxy_unref(object);
    return error;
}

OHIPCRemoteStub *OH_IPCParcel_ReadRemoteStub(const OHIPCParcel *parcel)
{
    if (parcel == NULL)
        return NULL;
    struct via_proxy *object = read_object(oh_parcel_unconst(parcel));
    return object == NULL ? NULL : remote_stub_wrap(object);
}

int OH_IPCParcel_WriteRemoteProxy(OHIPCParcel *parcel, const OHIPCRemoteProxy *proxy)
{
    if (parcel == NULL || proxy == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    return write_object(parcel, proxy->object);
}

OHIPCRemoteProxy *OH_IPCParcel_ReadRemoteProxy(const OHIPCParcel *parcel)
{
    if (parcel == NULL)
        return NULL;
    struct via_proxy *object = read_object(oh_parcel_unconst(parcel));
    return object == NULL ? NULL : remote_proxy_wrap(object);
}

int OH_IPCParcel_WriteFileDescriptor(OHIPCParcel *parcel, int32_t fd)
{
    if (parcel == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return OH_IPC_PARCEL_WRITE_ERROR;
    size_t start = 0;
    int error = open_slot(parcel, SLOT_MARK_FD, VIA_TAG_FD, &start);
    if (error == OH_IPC_SUCCESS)
        error = close_slot(parcel, start, via_parcel_add_fd(parcel->payload, start, copy));
    if (error != OH_IPC_SUCCESS)
        (void)close(copy);
    return error;
}

int OH_IPCParcel_ReadFileDescriptor(const OHIPCParcel *const_parcel, int32_t *fd)
{
    if (const_parcel == NULL || fd == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct OHIPCParcel *parcel = oh_parcel_unconst(const_parcel);
    if (oh_parcel_readable(parcel) < PARCEL_SLOT_SIZE)
        return OH_IPC_PARCEL_READ_ERROR;
    size_t start = parcel->read_position;
    int theirs = via_parcel_fd_at(parcel->payload, start);
    if (theirs >= 0 || via_parcel_ref_at(parcel->payload, start, NULL) != NULL)
        parcel->read_position += PARCEL_SLOT_SIZE;
    int copy = theirs < 0 ? -1 : fcntl(theirs, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return OH_IPC_PARCEL_READ_ERROR;
    *fd = copy;
    return OH_IPC_SUCCESS;
}
