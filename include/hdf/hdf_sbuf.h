/*
 * HDF: sbufs, the buffers that carry what a driver is sent, what it replies, and its events. An
 * sbuf has a write position, a read position and a capacity; reads take from what writes put in,
 * in the same order. Nothing in it is checked by type: who reads another type than was written
 * gets garbage, not an error.
 *
 * Every function takes a NULL sbuf: it then does nothing and returns false, NULL or 0. An sbuf
 * belongs to one thread at a time. What is returned by pointer points into the sbuf and lives until
 * that is grown, written again after a flush, or recycled.
 *
 * SBUF_RAW is what drivers and clients exchange: every item starts at a multiple of four octets.
 * SBUF_IPC stays in this process, and alone has floats, UTF-16, descriptors, remote services and
 * buffers without a length.
 *
 * Source of every behaviour here: docs/hdf.md, "HdfSBuf", and the system's hdf_sbuf.h.
 */
#pragma once

#include "hdf_types.h"

#ifdef __cplusplus
extern "C" {
#else
typedef uint16_t char16_t;
#endif
#pragma GCC visibility push(default)

/** struct HdfSBuf - a buffer; opaque */
struct HdfSBuf;
/** struct HdfSBufImpl - what is inside one; opaque */
struct HdfSBufImpl;
/** struct HdfRemoteService - an object of the system's own IPC; opaque */
struct HdfRemoteService;

/** enum HdfSbufType - of which kind a buffer is */
enum HdfSbufType {
    SBUF_RAW = 0,
    SBUF_IPC,
    SBUF_IPC_HW, /* never obtained: there is no such hardware */
    SBUF_TYPE_MAX,
};

/* ---- life ---- */

/**
 * HdfSbufObtain() - an empty raw sbuf
 * @capacity: octets, 1 to 524,288; it grows by itself up to 524,288
 *
 * Return: HdfSbufRecycle() it; NULL for a capacity that is none, and when out of memory.
 */
struct HdfSBuf *HdfSbufObtain(size_t capacity);
/** HdfSbufObtainDefaultSize() - the same with 256 octets */
struct HdfSBuf *HdfSbufObtainDefaultSize(void);
/**
 * HdfSbufTypedObtain() / HdfSbufTypedObtainCapacity() - an empty sbuf of a kind
 * @type:     of enum HdfSbufType
 * @capacity: of a raw one; SBUF_IPC takes no notice and starts with 0
 *
 * Return: HdfSbufRecycle() it; NULL for SBUF_IPC_HW and what is no type.
 */
struct HdfSBuf *HdfSbufTypedObtain(uint32_t type);
struct HdfSBuf *HdfSbufTypedObtainCapacity(uint32_t type, size_t capacity);
/**
 * HdfSbufTypedObtainInplace() - an sbuf on what is inside another
 * @impl: of HdfSbufGetImpl(); owned by both then, and freed with the last of them
 *
 * Return: HdfSbufRecycle() it; NULL for an @impl that is NULL, or no type.
 */
struct HdfSBuf *HdfSbufTypedObtainInplace(uint32_t type, struct HdfSBufImpl *impl);

/**
 * HdfSbufBind() - a raw sbuf on the caller's memory, all of it data
 * @base: aligned to 4; the caller's still, who keeps it as long as the sbuf lives
 * @size: octets, 1 or more, without a limit: capacity and data size
 *
 * It never grows: it is full until HdfSbufFlush() or HdfSbufSetDataSize() makes room.
 *
 * Return: HdfSbufRecycle() it; NULL for a @base or @size that is none, and when out of memory.
 */
struct HdfSBuf *HdfSbufBind(uintptr_t base, size_t size);
/** HdfSbufTypedBind() - the same of a kind */
struct HdfSBuf *HdfSbufTypedBind(uint32_t type, uintptr_t base, size_t size);

/** HdfSbufCopy() - an independent raw sbuf with the same capacity, octets and data size, to be read
 * from the start; NULL for SBUF_IPC, one that was moved from, a bound one above 524,288 octets, and
 * when out of memory */
struct HdfSBuf *HdfSbufCopy(const struct HdfSBuf *sbuf);
/** HdfSbufMove() - a new sbuf that takes over the memory of a raw @sbuf, to be read from the start.
 * @sbuf is empty and dead then, and still to be recycled. NULL, and nothing moved, for SBUF_IPC, a
 * bound one, and when out of memory */
struct HdfSBuf *HdfSbufMove(struct HdfSBuf *sbuf);
/** HdfSbufTransDataOwnership() - a bound raw @sbuf owns its memory from now on, may grow, and
 * free()s it; others are left alone */
void HdfSbufTransDataOwnership(struct HdfSBuf *sbuf);
/** HdfSbufRecycle() - frees it; the memory of a bound one stays the caller's */
void HdfSbufRecycle(struct HdfSBuf *sbuf);

/* ---- state ---- */

/** HdfSbufGetImpl() - what is inside, for HdfSbufTypedObtainInplace() */
struct HdfSBufImpl *HdfSbufGetImpl(struct HdfSBuf *sbuf);
/** HdfSbufGetData() - where the octets start; up to the capacity they may be written there */
uint8_t *HdfSbufGetData(const struct HdfSBuf *sbuf);
/** HdfSbufGetDataSize() - the write position: octets that are data */
size_t HdfSbufGetDataSize(const struct HdfSBuf *sbuf);
/** HdfSbufGetCapacity() - octets that fit before it grows */
size_t HdfSbufGetCapacity(const struct HdfSBuf *sbuf);
/** HdfSbufSetDataSize() - makes the first @size octets data, to be read from the start; one above
 * the capacity changes nothing */
void HdfSbufSetDataSize(struct HdfSBuf *sbuf, size_t size);
/** HdfSbufFlush() - no data, to be written and read from the start; the memory stays as it is */
void HdfSbufFlush(struct HdfSBuf *sbuf);

/* ---- writing ----
 *
 * Each returns false, and writes nothing, when there is no room: a bound sbuf is full, growth would
 * pass 524,288 octets, or there is no memory. An item grows the capacity by 256 octets, one above
 * 256 by its size and 256 more, also where less would do.
 */
bool HdfSbufWriteUint64(struct HdfSBuf *sbuf, uint64_t value);
bool HdfSbufWriteUint32(struct HdfSBuf *sbuf, uint32_t value);
bool HdfSbufWriteUint16(struct HdfSBuf *sbuf, uint16_t value);
bool HdfSbufWriteUint8(struct HdfSBuf *sbuf, uint8_t value);
bool HdfSbufWriteInt64(struct HdfSBuf *sbuf, int64_t value);
bool HdfSbufWriteInt32(struct HdfSBuf *sbuf, int32_t value);
bool HdfSbufWriteInt16(struct HdfSBuf *sbuf, int16_t value);
bool HdfSbufWriteInt8(struct HdfSBuf *sbuf, int8_t value);
/** HdfSbufWriteBuffer() - @writeSize octets behind their length; NULL writes the length 0 alone,
 * but not in SBUF_IPC, which has no empty buffer */
bool HdfSbufWriteBuffer(struct HdfSBuf *sbuf, const void *data, uint32_t writeSize);
/** HdfSbufWriteString() - a string with its NUL behind its length. NULL writes the length 0 alone,
 * but not in SBUF_IPC, which has no null string. More than 32,766 characters can be written and not
 * be read */
bool HdfSbufWriteString(struct HdfSBuf *sbuf, const char *value);

/* ---- reading ----
 *
 * Each returns false, and neither moves the read position nor changes *value, when fewer octets are
 * left than the item takes with its padding, or a pointer is NULL.
 */
bool HdfSbufReadUint64(struct HdfSBuf *sbuf, uint64_t *value);
bool HdfSbufReadUint32(struct HdfSBuf *sbuf, uint32_t *value);
bool HdfSbufReadUint16(struct HdfSBuf *sbuf, uint16_t *value);
bool HdfSbufReadUint8(struct HdfSBuf *sbuf, uint8_t *value);
bool HdfSbufReadInt64(struct HdfSBuf *sbuf, int64_t *value);
bool HdfSbufReadInt32(struct HdfSBuf *sbuf, int32_t *value);
bool HdfSbufReadInt16(struct HdfSBuf *sbuf, int16_t *value);
bool HdfSbufReadInt8(struct HdfSBuf *sbuf, int8_t *value);
/**
 * HdfSbufReadBuffer() - octets that stand behind their length
 * @data:     where they are; NULL for none
 * @readSize: how many
 *
 * Return: true, also for none
 *         false  none are there, or not so many. A negative length is passed, and there
 *                alone *data is NULL and *readSize 0
 */
bool HdfSbufReadBuffer(struct HdfSBuf *sbuf, const void **data, uint32_t *readSize);
/** HdfSbufReadString() - a string behind its length; its last octet is made a NUL in the sbuf. NULL
 * at the end of the data, for one of more than 32,766 characters or beyond the data (then the
 * length is still to be read), and for a null string or a negative length (then it is passed) */
const char *HdfSbufReadString(struct HdfSBuf *sbuf);

/* ---- SBUF_IPC alone: false or NULL in a raw sbuf ---- */

/** HdfSbufWriteUnpadBuffer() - octets without a length; none are refused */
bool HdfSbufWriteUnpadBuffer(struct HdfSBuf *sbuf, const uint8_t *data, uint32_t writeSize);
/** HdfSbufReadUnpadBuffer() - @length octets, or NULL when they are not there */
const uint8_t *HdfSbufReadUnpadBuffer(struct HdfSBuf *sbuf, size_t length);
/** HdfSbufWriteString16() - @size units of UTF-16, to which a zero is added */
bool HdfSbufWriteString16(struct HdfSBuf *sbuf, const char16_t *value, uint32_t size);
/** HdfSbufReadString16() - the units up to and with the zero, or NULL */
const char16_t *HdfSbufReadString16(struct HdfSBuf *sbuf);
bool HdfSbufWriteFloat(struct HdfSBuf *sbuf, float value);
bool HdfSbufReadFloat(struct HdfSBuf *sbuf, float *value);
bool HdfSbufWriteDouble(struct HdfSBuf *sbuf, double value);
bool HdfSbufReadDouble(struct HdfSBuf *sbuf, double *value);
/** HdfSbufWriteFileDescriptor() - a duplicate of @fd, which stays the caller's; false for one that
 * is not open, in a bound sbuf, and for more than 250 */
bool HdfSbufWriteFileDescriptor(struct HdfSBuf *sbuf, int fd);
/** HdfSbufReadFileDescriptor() - a duplicate that the caller closes; -1 for none */
int HdfSbufReadFileDescriptor(struct HdfSBuf *sbuf);
/** HdfSbufWriteRemoteService() - the pointer itself, for whoever reads it in this process; it stays
 * the caller's, who keeps it as long.
 * Return: HDF_SUCCESS; HDF_ERR_NOT_SUPPORT for a raw sbuf; HDF_ERR_INVALID_PARAM for a NULL sbuf or
 * service; HDF_FAILURE without room */
int32_t HdfSbufWriteRemoteService(struct HdfSBuf *sbuf, const struct HdfRemoteService *service);
/** HdfSbufReadRemoteService() - what was written at the read position, or NULL */
struct HdfRemoteService *HdfSbufReadRemoteService(struct HdfSBuf *sbuf);

/* ---- older names of the same ---- */

struct HdfSBuf *HdfSBufObtainDefaultSize(void);
void HdfSBufRecycle(struct HdfSBuf *sbuf);
bool HdfSBufWriteString16(struct HdfSBuf *sbuf, const char16_t *value, uint32_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
