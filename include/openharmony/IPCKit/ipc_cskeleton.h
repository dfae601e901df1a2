/*
 * OpenHarmony IPC Kit: worker threads, and who is calling. A thread is "in context" while it runs
 * the handler of a request that came from another process.
 *
 * Source of every behaviour here: docs/openharmony.md, "Who is calling", and the system's
 * ipc_cskeleton.h.
 */
#ifndef CAPI_INCLUDE_IPC_CSKELETON_H
#define CAPI_INCLUDE_IPC_CSKELETON_H

#include <stdint.h>

#include "ipc_cparcel.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OH_IPCSkeleton_JoinWorkThread() - makes this thread a worker until it is stopped. Nobody has to:
 * workers start by themselves. */
void OH_IPCSkeleton_JoinWorkThread(void);
/** OH_IPCSkeleton_StopWorkThread() - this thread, and no other, stops being a worker after the
 * request that it handles; on one that is none, its next join ends after one event */
void OH_IPCSkeleton_StopWorkThread(void);

/** OH_IPCSkeleton_GetCallingTokenId() - in context the caller's token, 0 on another host; else the
 * own */
uint64_t OH_IPCSkeleton_GetCallingTokenId(void);
/** OH_IPCSkeleton_GetFirstTokenId() - in context the token of who began the chain that the caller
 * continues; 0 when the caller began it, or on another host */
uint64_t OH_IPCSkeleton_GetFirstTokenId(void);
/** OH_IPCSkeleton_GetSelfTokenId() - the own token, as callees on this host see it; never 0 */
uint64_t OH_IPCSkeleton_GetSelfTokenId(void);
/** OH_IPCSkeleton_GetCallingPid() - in context the caller's, UINT64_MAX on another host; else the
 * own */
uint64_t OH_IPCSkeleton_GetCallingPid(void);
/** OH_IPCSkeleton_GetCallingUid() - in context the caller's, UINT64_MAX on another host; else the
 * own */
uint64_t OH_IPCSkeleton_GetCallingUid(void);
/** OH_IPCSkeleton_IsLocalCalling() - 0 in context of a caller on another host, else 1 */
int OH_IPCSkeleton_IsLocalCalling(void);

/**
 * OH_IPCSkeleton_SetMaxWorkThreadNum() - how many handlers may run at once
 * @maxThreadNum: 1 to 32; 16 at first
 *
 * Return: OH_IPC_SUCCESS, OH_IPC_CHECK_PARAM_ERROR, OH_IPC_INNER_ERROR.
 */
int OH_IPCSkeleton_SetMaxWorkThreadNum(const int maxThreadNum);

/**
 * OH_IPCSkeleton_ResetCallingIdentity() - from now on this process is the caller, until the
 * handler returns
 * @identity:  set to what @allocator returned; the caller as it was, in a form of the kit's own
 * @len:       set on success to its octets with the NUL
 * @allocator: gives the memory
 *
 * Return: OH_IPC_SUCCESS, with "" outside a context; OH_IPC_CHECK_PARAM_ERROR for NULL;
 * OH_IPC_MEM_ALLOCATOR_ERROR.
 */
int OH_IPCSkeleton_ResetCallingIdentity(char **identity, int32_t *len,
                                        OH_IPC_MemAllocator allocator);
/**
 * OH_IPCSkeleton_SetCallingIdentity() - makes who is said in @identity the caller again
 *
 * Return: OH_IPC_SUCCESS, and no effect outside a context; OH_IPC_CHECK_PARAM_ERROR for NULL;
 * OH_IPC_INNER_ERROR for what is no identity.
 */
int OH_IPCSkeleton_SetCallingIdentity(const char *identity);

/** OH_IPCSkeleton_IsHandlingTransaction() - 1 in context, else 0 */
int OH_IPCSkeleton_IsHandlingTransaction(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
