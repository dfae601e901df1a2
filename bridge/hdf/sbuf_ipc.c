/*
 * HDF's sbufs: what SBUF_IPC alone has. It never leaves the process, so its octets are its own
 * affair: numbers, buffers and strings stand as in a raw sbuf, UTF-16 behind the count of its
 * units, and a descriptor or a service has a slot of zeros. The descriptor itself is on the
 * parcel's list, the service on the sbuf's, by the slot's place: nothing that is read as a pointer
 * or a descriptor was ever an octet.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/hdf/sbuf.h"
#include "codecs/octets.h"
#include "include/hdf/hdf_base.h"

#define SERVICES_FIRST 4u

static bool is_ipc(const struct HdfSBuf *sbuf)
{
    return sbuf != NULL && sbuf->is_ipc;
}

/* ---- floats ---- */

static bool write_octets(struct HdfSBuf *sbuf, const void *octets, size_t size)
{
    size_t padding = octets_padding(size, SBUF_UNIT);
    if (!is_ipc(sbuf) || !sbuf_make_room(sbuf, 0, size + padding))
        return false;
    uint8_t *at = sbuf_extend(sbuf, size + padding, VIA_TAG_PAD, 0);
    (void)octets_append_zeros(octets_append(at, octets, size), padding);
    return true;
}

static bool read_octets(struct HdfSBuf *sbuf, void *octets, size_t size)
{
    const uint8_t *at = is_ipc(sbuf) && octets != NULL ? sbuf_take(sbuf, size) : NULL;
    if (at == NULL)
        return false;
    memcpy(octets, at, size);
    return true;
}

bool HdfSbufWriteFloat(struct HdfSBuf *sbuf, float value)
{
    return write_octets(sbuf, &value, sizeof value);
}

bool HdfSbufReadFloat(struct HdfSBuf *sbuf, float *value)
{
    return read_octets(sbuf, value, sizeof *value);
}

bool HdfSbufWriteDouble(struct HdfSBuf *sbuf, double value)
{
    return write_octets(sbuf, &value, sizeof value);
}

bool HdfSbufReadDouble(struct HdfSBuf *sbuf, double *value)
{
    return read_octets(sbuf, value, sizeof *value);
}

/* ---- buffers without a length, UTF-16 ---- */

bool HdfSbufWriteUnpadBuffer(struct HdfSBuf *sbuf, const uint8_t *data, uint32_t writeSize)
{
    return data != NULL && writeSize != 0 && write_octets(sbuf, data, writeSize);
}

const uint8_t *HdfSbufReadUnpadBuffer(struct HdfSBuf *sbuf, size_t length)
{
    return is_ipc(sbuf) && length != 0 ? sbuf_take(sbuf, length) : NULL;
}

bool HdfSbufWriteString16(struct HdfSBuf *sbuf, const char16_t *value, uint32_t size)
{
    if (!is_ipc(sbuf) || value == NULL || size > SBUF_IPC_SIZE_MAX / sizeof *value)
        return false;
    size_t text_size = size * sizeof *value;
    size_t padding = octets_padding(text_size + sizeof *value, SBUF_UNIT);
    size_t whole = SBUF_LENGTH_SIZE + text_size + sizeof *value + padding;
    if (!sbuf_make_room(sbuf, 0, whole))
        return false;
    uint8_t *at = sbuf_extend(sbuf, whole, VIA_TAG_PAD, 0);
    octets_put_u32(at, size);
    at = octets_append(at + SBUF_LENGTH_SIZE, value, text_size);
    (void)octets_append_zeros(at, sizeof *value + padding);
    return true;
}

bool HdfSBufWriteString16(struct HdfSBuf *sbuf, const char16_t *value, uint32_t size)
{
    return HdfSbufWriteString16(sbuf, value, size);
}

const char16_t *HdfSbufReadString16(struct HdfSBuf *sbuf)
{
    if (!is_ipc(sbuf))
        return NULL;
    size_t start = sbuf->position;
    /* It starts where a unit may: after an odd size was set it would not. */
    const uint8_t *head = start % SBUF_UNIT == 0 ? sbuf_take(sbuf, SBUF_LENGTH_SIZE) : NULL;
    uint32_t n_units = head == NULL ? 0 : octets_get_u32(head);
    const uint8_t *text = NULL;
    if (head != NULL && n_units < SBUF_SIZE_MAX)
        text = sbuf_take(sbuf, (n_units + 1) * sizeof(char16_t));
    if (text == NULL || octets_get_u16(text + n_units * sizeof(char16_t)) != 0) {
        sbuf->position = start;
        return NULL;
    }
    return (const char16_t *)(uintptr_t)text;
}

/* ---- descriptors ---- */

/* A slot behind the data; *startp is its place. */
static bool open_slot(struct HdfSBuf *sbuf, size_t *startp)
{
    static const uint8_t slot[SBUF_SLOT_SIZE];
    *startp = sbuf->size;
    return write_octets(sbuf, slot, sizeof slot);
}

bool HdfSbufWriteFileDescriptor(struct HdfSBuf *sbuf, int fd)
{
    size_t start = 0;
    if (!is_ipc(sbuf) || sbuf->payload == NULL || fd < 0)
        return false;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return false;
    if (!open_slot(sbuf, &start)) {
        (void)close(own);
        return false;
    }
    if (via_parcel_add_fd(sbuf->payload, start, own) != VIA_OK) {
        sbuf_resize(sbuf, start);
        (void)close(own);
        return false;
    }
    return true;
}

int HdfSbufReadFileDescriptor(struct HdfSBuf *sbuf)
{
    if (!is_ipc(sbuf) || sbuf->payload == NULL)
        return -1;
    int fd = via_parcel_fd_at(sbuf->payload, sbuf->position);
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0)
        (void)sbuf_take(sbuf, SBUF_SLOT_SIZE);
    return copy;
}

/* ---- services ---- */

static bool reserve_service(struct HdfSBuf *sbuf)
{
    if (sbuf->n_services < sbuf->services_capacity)
        return true;
    size_t capacity = sbuf->services_capacity == 0 ? SERVICES_FIRST : sbuf->services_capacity * 2;
    struct sbuf_service *services = realloc(sbuf->services, capacity * sizeof *services);
    if (services == NULL)
        return false;
    sbuf->services = services;
    sbuf->services_capacity = capacity;
    return true;
}

void sbuf_drop_services(struct HdfSBuf *sbuf, size_t size)
{
    while (sbuf->n_services > 0 &&
           sbuf->services[sbuf->n_services - 1].offset + SBUF_SLOT_SIZE > size)
        sbuf->n_services--;
}

int32_t HdfSbufWriteRemoteService(struct HdfSBuf *sbuf, const struct HdfRemoteService *service)
{
    size_t start = 0;
    if (sbuf != NULL && !sbuf->is_ipc)
        return HDF_ERR_NOT_SUPPORT;
    if (sbuf == NULL || service == NULL)
        return HDF_ERR_INVALID_PARAM;
    if (!reserve_service(sbuf) || !open_slot(sbuf, &start))
        return HDF_FAILURE;
    sbuf->services[sbuf->n_services++] = (struct sbuf_service){start, service};
    return HDF_SUCCESS;
}

struct HdfRemoteService *HdfSbufReadRemoteService(struct HdfSBuf *sbuf)
{
    if (!is_ipc(sbuf))
        return NULL;
    for (size_t i = 0; i < sbuf->n_services; i++)
        if (sbuf->services[i].offset == sbuf->position) {
            (void)sbuf_take(sbuf, SBUF_SLOT_SIZE);
            return (struct HdfRemoteService *)(uintptr_t)sbuf->services[i].service;
        }
    return NULL;
}
