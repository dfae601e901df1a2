/*
 * OpenHarmony IPC Kit: error codes. Every function of the kit that returns int returns one of them.
 */
#ifndef CAPI_INCLUDE_IPC_ERROR_CODE_H
#define CAPI_INCLUDE_IPC_ERROR_CODE_H

/** OH_IPC_ErrorCode - what a function of the kit, or a request, came to */
typedef enum {
    OH_IPC_SUCCESS = 0,
    OH_IPC_ERROR_CODE_BASE = 1901000,
    OH_IPC_CHECK_PARAM_ERROR = OH_IPC_ERROR_CODE_BASE,       /* an argument is wrong */
    OH_IPC_PARCEL_WRITE_ERROR = OH_IPC_ERROR_CODE_BASE + 1,  /* no room, or a read-only parcel */
    OH_IPC_PARCEL_READ_ERROR = OH_IPC_ERROR_CODE_BASE + 2,   /* nothing of the kind to read */
    OH_IPC_MEM_ALLOCATOR_ERROR = OH_IPC_ERROR_CODE_BASE + 3, /* the caller's allocator failed */
    OH_IPC_CODE_OUT_OF_RANGE = OH_IPC_ERROR_CODE_BASE + 4,   /* not 0x01 to 0x00ffffff */
    OH_IPC_DEAD_REMOTE_OBJECT = OH_IPC_ERROR_CODE_BASE + 5,  /* it will never answer */
    OH_IPC_INVALID_USER_ERROR_CODE = OH_IPC_ERROR_CODE_BASE + 6, /* the handler returned nonsense */
    OH_IPC_INNER_ERROR = OH_IPC_ERROR_CODE_BASE + 7,             /* transport, timeout, limits */
    OH_IPC_ERROR_CODE_MAX = OH_IPC_ERROR_CODE_BASE + 1000,
    OH_IPC_USER_ERROR_CODE_MIN = 1909000, /* what handlers may return of their own */
    OH_IPC_USER_ERROR_CODE_MAX = 1909999
} OH_IPC_ErrorCode;

#endif
