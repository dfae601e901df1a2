/*
 * The kit's headers as C: each alone would do, and all together; with numbers, sizes and places as
 * the system has them. Compiled, not run.
 */
#include <AbilityKit/native_child_process.h>
#include <hilog/log.h>
#include <IPCKit/ipc_kit.h>
#include <stddef.h>
#include <viaduct_openharmony.h>

_Static_assert(OH_IPC_SUCCESS == 0, "");
_Static_assert(OH_IPC_ERROR_CODE_BASE == 1901000, "");
_Static_assert(OH_IPC_CHECK_PARAM_ERROR == 1901000, "");
_Static_assert(OH_IPC_PARCEL_WRITE_ERROR == 1901001, "");
_Static_assert(OH_IPC_PARCEL_READ_ERROR == 1901002, "");
_Static_assert(OH_IPC_MEM_ALLOCATOR_ERROR == 1901003, "");
_Static_assert(OH_IPC_CODE_OUT_OF_RANGE == 1901004, "");
_Static_assert(OH_IPC_DEAD_REMOTE_OBJECT == 1901005, "");
_Static_assert(OH_IPC_INVALID_USER_ERROR_CODE == 1901006, "");
_Static_assert(OH_IPC_INNER_ERROR == 1901007, "");
_Static_assert(OH_IPC_ERROR_CODE_MAX == 1902000, "");
_Static_assert(OH_IPC_USER_ERROR_CODE_MIN == 1909000, "");
_Static_assert(OH_IPC_USER_ERROR_CODE_MAX == 1909999, "");

_Static_assert(OH_IPC_REQUEST_MODE_SYNC == 0 && OH_IPC_REQUEST_MODE_ASYNC == 1, "");
_Static_assert(offsetof(OH_IPC_MessageOption, mode) == 0, "");
_Static_assert(offsetof(OH_IPC_MessageOption, timeout) == 4, "");
_Static_assert(offsetof(OH_IPC_MessageOption, reserved) == 8, "");
_Static_assert(sizeof(void *) != 8 || sizeof(OH_IPC_MessageOption) == 16, "");
_Static_assert(_Alignof(OH_IPC_MessageOption) == 4, "");
/* The packing ends with the structure. */
struct after {
    uint32_t first;
    uint64_t second;
};
_Static_assert(offsetof(struct after, second) == 8, "");

_Static_assert(NCP_NO_ERROR == 0 && NCP_ERR_INVALID_PARAM == 401, "");
_Static_assert(NCP_ERR_NOT_SUPPORTED == 801 && NCP_ERR_INTERNAL == 16000050, "");
_Static_assert(NCP_ERR_BUSY == 16010001 && NCP_ERR_TIMEOUT == 16010002, "");
_Static_assert(NCP_ERR_SERVICE_ERROR == 16010003, "");
_Static_assert(NCP_ERR_MULTI_PROCESS_DISABLED == 16010004, "");
_Static_assert(NCP_ERR_ALREADY_IN_CHILD == 16010005, "");
_Static_assert(NCP_ERR_MAX_CHILD_PROCESSES_REACHED == 16010006, "");
_Static_assert(NCP_ERR_LIB_LOADING_FAILED == 16010007, "");
_Static_assert(NCP_ERR_CONNECTION_FAILED == 16010008, "");
_Static_assert(NCP_ERR_CALLBACK_NOT_EXIST == 16010009 && NCP_ERR_INVALID_PID == 16010010, "");

_Static_assert(LOG_APP == 0 && LOG_DEBUG == 3 && LOG_INFO == 4, "");
_Static_assert(LOG_WARN == 5 && LOG_ERROR == 6 && LOG_FATAL == 7, "");
_Static_assert(UNSET_LOGLEVEL == 0 && PREFER_CLOSE_LOG == 1 && PREFER_OPEN_LOG == 2, "");

#if !defined(CAPI_INCLUDE_IPC_KIT_H) || !defined(CAPI_INCLUDE_IPC_ERROR_CODE_H) ||                 \
    !defined(CAPI_INCLUDE_IPC_CPARCEL_H) || !defined(CAPI_INCLUDE_IPC_CREMOTE_OBJECT_H) ||         \
    !defined(CAPI_INCLUDE_IPC_CSKELETON_H)
#error "a guard has another name than the system's"
#endif
