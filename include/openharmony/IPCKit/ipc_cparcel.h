/*
 * OpenHarmony IPC Kit: parcels. A parcel is a growable buffer with a write cursor, a read cursor
 * and slots for remote objects and file descriptors. Nothing in it is checked by type: who reads
 * another type than was written gets garbage, not an error. A parcel belongs to one thread at a
 * time.
 *
 * A writable parcel comes from OH_IPCParcel_Create(), or is a handler's reply. A received one (a
 * handler's data, a reply that came from another process) is read-only: each write gives
 * OH_IPC_PARCEL_WRITE_ERROR.
 *
 * Source of every behaviour here: docs/openharmony.md, "Parcels", and the system's ipc_cparcel.h.
 */
#ifndef CAPI_INCLUDE_IPC_CPARCEL_H
#define CAPI_INCLUDE_IPC_CPARCEL_H

#include <stdint.h>
/* Programs use malloc(), free() and memset() on what these headers bring. */
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OHIPCParcel - a parcel; opaque */
typedef struct OHIPCParcel OHIPCParcel;
/** OHIPCRemoteProxy - a handle to an object of another process, or of one's own; opaque */
typedef struct OHIPCRemoteProxy OHIPCRemoteProxy;
/** OHIPCRemoteStub - a handle to an object of one's own; opaque */
typedef struct OHIPCRemoteStub OHIPCRemoteStub;

/**
 * OH_IPC_MemAllocator - gives the memory for a string that is returned
 * @len: octets, with the terminating NUL; 1 or more
 *
 * Called on the calling thread, once. NULL makes the function return OH_IPC_MEM_ALLOCATOR_ERROR.
 * The caller owns and frees what it returned.
 */
typedef void *(*OH_IPC_MemAllocator)(int32_t len);

/* ---- life ---- */

/** OH_IPCParcel_Create() - an empty parcel, OH_IPCParcel_Destroy() it; NULL when out of memory */
OHIPCParcel *OH_IPCParcel_Create(void);

/**
 * OH_IPCParcel_Destroy() - frees it, drops its references to objects, closes its descriptors
 * @parcel: NULL is allowed; never a handler's data or reply
 */
void OH_IPCParcel_Destroy(OHIPCParcel *parcel);

/* ---- sizes and cursors; each returns -1 for NULL ---- */

/** OH_IPCParcel_GetDataSize() - octets in it */
int OH_IPCParcel_GetDataSize(const OHIPCParcel *parcel);
/** OH_IPCParcel_GetWritableBytes() - capacity less write cursor: 0 for a new parcel, which grows
 * by itself up to 204,800 octets */
int OH_IPCParcel_GetWritableBytes(const OHIPCParcel *parcel);
/** OH_IPCParcel_GetReadableBytes() - octets from the read cursor to the end */
int OH_IPCParcel_GetReadableBytes(const OHIPCParcel *parcel);
/** OH_IPCParcel_GetReadPosition() - the read cursor */
int OH_IPCParcel_GetReadPosition(const OHIPCParcel *parcel);
/** OH_IPCParcel_GetWritePosition() - the write cursor; 0 for a received parcel */
int OH_IPCParcel_GetWritePosition(const OHIPCParcel *parcel);

/**
 * OH_IPCParcel_RewindReadPosition() - moves the read cursor, back or forward
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_INNER_ERROR beyond the data.
 */
int OH_IPCParcel_RewindReadPosition(OHIPCParcel *parcel, uint32_t newReadPos);
/**
 * OH_IPCParcel_RewindWritePosition() - cuts the data to @newWritePos octets; objects and
 * descriptors not wholly below it are forgotten; the read cursor stays
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_INNER_ERROR beyond the data.
 */
int OH_IPCParcel_RewindWritePosition(OHIPCParcel *parcel, uint32_t newWritePos);

/* ---- numbers ----
 *
 * Writing: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_WRITE_ERROR without
 * room or for a received parcel. Reading: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL,
 * OH_IPC_PARCEL_READ_ERROR when too few octets are left: cursor and @value are unchanged. Numbers
 * of up to 32 bits and float take 4 octets, the others 8.
 */

int OH_IPCParcel_WriteInt8(OHIPCParcel *parcel, int8_t value);
int OH_IPCParcel_ReadInt8(const OHIPCParcel *parcel, int8_t *value);
int OH_IPCParcel_WriteInt16(OHIPCParcel *parcel, int16_t value);
int OH_IPCParcel_ReadInt16(const OHIPCParcel *parcel, int16_t *value);
int OH_IPCParcel_WriteInt32(OHIPCParcel *parcel, int32_t value);
int OH_IPCParcel_ReadInt32(const OHIPCParcel *parcel, int32_t *value);
int OH_IPCParcel_WriteInt64(OHIPCParcel *parcel, int64_t value);
int OH_IPCParcel_ReadInt64(const OHIPCParcel *parcel, int64_t *value);
int OH_IPCParcel_WriteUint8(OHIPCParcel *parcel, uint8_t value);
int OH_IPCParcel_ReadUint8(const OHIPCParcel *parcel, uint8_t *value);
int OH_IPCParcel_WriteUint16(OHIPCParcel *parcel, uint16_t value);
int OH_IPCParcel_ReadUint16(const OHIPCParcel *parcel, uint16_t *value);
int OH_IPCParcel_WriteUint32(OHIPCParcel *parcel, uint32_t value);
int OH_IPCParcel_ReadUint32(const OHIPCParcel *parcel, uint32_t *value);
int OH_IPCParcel_WriteUint64(OHIPCParcel *parcel, uint64_t value);
int OH_IPCParcel_ReadUint64(const OHIPCParcel *parcel, uint64_t *value);
int OH_IPCParcel_WriteFloat(OHIPCParcel *parcel, float value);
int OH_IPCParcel_ReadFloat(const OHIPCParcel *parcel, float *value);
int OH_IPCParcel_WriteDouble(OHIPCParcel *parcel, double value);
int OH_IPCParcel_ReadDouble(const OHIPCParcel *parcel, double *value);

/* ---- strings and buffers ---- */

/**
 * OH_IPCParcel_WriteString() - a NUL-terminated string of any octets, up to 204,799
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_WRITE_ERROR.
 */
int OH_IPCParcel_WriteString(OHIPCParcel *parcel, const char *str);
/**
 * OH_IPCParcel_ReadString() - the string at the cursor
 *
 * Return: a pointer into the parcel, good until it is written to or destroyed; NULL, cursor
 * unchanged, where there is none.
 */
const char *OH_IPCParcel_ReadString(const OHIPCParcel *parcel);

/**
 * OH_IPCParcel_WriteBuffer() - octets, padded with zeros to a multiple of 4
 * @len: 1 or more
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR (NULL, or @len below 1),
 * OH_IPC_PARCEL_WRITE_ERROR.
 */
int OH_IPCParcel_WriteBuffer(OHIPCParcel *parcel, const uint8_t *buffer, int32_t len);
/**
 * OH_IPCParcel_ReadBuffer() - @len octets at the cursor
 *
 * The cursor moves by exactly @len: padding is not skipped, so write multiples of 4, or read the
 * buffer last.
 *
 * Return: a pointer into the parcel, good until it is written to or destroyed; NULL, cursor
 * unchanged, when there are not so many octets.
 */
const uint8_t *OH_IPCParcel_ReadBuffer(const OHIPCParcel *parcel, int32_t len);

/* ---- objects and descriptors; each takes 24 octets ---- */

/**
 * OH_IPCParcel_WriteRemoteStub() - a reference to an object; the parcel keeps it alive, and @stub
 * may be destroyed at once
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_WRITE_ERROR.
 */
int OH_IPCParcel_WriteRemoteStub(OHIPCParcel *parcel, const OHIPCRemoteStub *stub);
/**
 * OH_IPCParcel_ReadRemoteStub() - the object at the cursor
 *
 * Return: a new handle, OH_IPCRemoteStub_Destroy() it; NULL when no object is there. The handle of
 * an object of another process can only be passed on.
 */
OHIPCRemoteStub *OH_IPCParcel_ReadRemoteStub(const OHIPCParcel *parcel);
/** OH_IPCParcel_WriteRemoteProxy() - as OH_IPCParcel_WriteRemoteStub() */
int OH_IPCParcel_WriteRemoteProxy(OHIPCParcel *parcel, const OHIPCRemoteProxy *proxy);
/**
 * OH_IPCParcel_ReadRemoteProxy() - the object at the cursor, whichever way it was written
 *
 * Return: a new handle, OH_IPCRemoteProxy_Destroy() it; NULL when no object is there.
 */
OHIPCRemoteProxy *OH_IPCParcel_ReadRemoteProxy(const OHIPCParcel *parcel);

/**
 * OH_IPCParcel_WriteFileDescriptor() - a duplicate of @fd, which stays the caller's
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_WRITE_ERROR, also for
 * what is not open.
 */
int OH_IPCParcel_WriteFileDescriptor(OHIPCParcel *parcel, int32_t fd);
/**
 * OH_IPCParcel_ReadFileDescriptor() - a fresh duplicate of the descriptor at the cursor
 * @fd: set on success; the caller closes it
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_READ_ERROR.
 */
int OH_IPCParcel_ReadFileDescriptor(const OHIPCParcel *parcel, int32_t *fd);

/* ---- the rest ---- */

/**
 * OH_IPCParcel_Append() - all of @data, whatever its cursors, at the end of @parcel
 * @data: unchanged; may be @parcel itself
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR for NULL, OH_IPC_PARCEL_WRITE_ERROR.
 */
int OH_IPCParcel_Append(OHIPCParcel *parcel, const OHIPCParcel *data);

/**
 * OH_IPCParcel_WriteInterfaceToken() - the name of the interface that is meant, UTF-8
 *
 * Nobody checks it but a handler that reads it.
 *
 * Return: OH_IPC_SUCCESS; OH_IPC_CHECK_PARAM_ERROR for NULL, an empty one, or one over 204,800
 * octets; OH_IPC_PARCEL_WRITE_ERROR without room, or when it ends inside a character.
 */
int OH_IPCParcel_WriteInterfaceToken(OHIPCParcel *parcel, const char *token);
/**
 * OH_IPCParcel_ReadInterfaceToken() - the interface token at the cursor
 * @token:     set to what @allocator returned
 * @len:       set on success to the token's octets with its NUL
 * @allocator: gives the memory
 *
 * Return: OH_IPC_SUCCESS, also, with "", where no token is; OH_IPC_CHECK_PARAM_ERROR for NULL;
 * OH_IPC_MEM_ALLOCATOR_ERROR, the cursor then being as it was; OH_IPC_PARCEL_READ_ERROR for one
 * that is not UTF-16.
 */
int OH_IPCParcel_ReadInterfaceToken(const OHIPCParcel *parcel, char **token, int32_t *len,
                                    OH_IPC_MemAllocator allocator);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
