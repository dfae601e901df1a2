/*
 * Legato: pools of objects of one size that count their references. Any pthread. What was never of
 * a pool, or is released once too often, is fatal where it is found out.
 *
 * Source: docs/legato.md, "Memory"; the framework's le_mem.h.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "le_basics.h"
#include "le_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/** LE_MEM_LIMIT_MAX_MEM_POOL_NAME_BYTES - of a name, with its NUL */
#define LE_MEM_LIMIT_MAX_MEM_POOL_NAME_BYTES 32

/** le_mem_Destructor_t - what an object's last release calls; its memory is reused after that */
typedef void (*le_mem_Destructor_t)(void *objPtr);

/** le_mem_Pool_t - in a program's own storage by LE_MEM_DEFINE_STATIC_POOL() alone */
typedef struct le_mem_Pool {
    struct le_mem_Pool *nextPtr; /* of all pools */
    pthread_mutex_t mutex;
    void *freeListPtr;
    le_mem_Destructor_t destructor;
    size_t objSize;
    size_t totalBlocks;
    size_t numBlocksInUse;
    size_t maxNumBlocksUsed;
    size_t numBlocksToForce;
    size_t numOverflows;
    uint64_t numAllocs;
    char name[LE_MEM_LIMIT_MAX_MEM_POOL_NAME_BYTES];
} le_mem_Pool_t;
typedef struct le_mem_Pool *le_mem_PoolRef_t;

/** le_mem_PoolStats_t - what became of a pool so far */
typedef struct {
    size_t numBlocksInUse;
    size_t maxNumBlocksUsed;
    size_t numOverflows; /* how often le_mem_ForceAlloc() had to make more */
    uint64_t numAllocs;
    size_t numFree;
} le_mem_PoolStats_t;

/** le_mem_CreatePool() - for ever, and empty. @name: cut to 31 octets, with a warning */
LE_SHARED le_mem_PoolRef_t le_mem_CreatePool(const char *name, size_t objSize);
LE_SHARED le_mem_PoolRef_t le_mem_InitStaticPool_(const char *name, size_t numBlocks,
                                                  size_t objSize, le_mem_Pool_t *poolPtr);
/** LE_MEM_DEFINE_STATIC_POOL(), le_mem_InitStaticPool() - a pool with @numBlocks objects by a name
 * of the program's; initialise it once. LE_MEM_BLOCKS() - how many that are */
#define LE_MEM_DEFINE_STATIC_POOL(name, numBlocks, objSize) static le_mem_Pool_t _mem_##name##Pool
#define LE_MEM_BLOCKS(name, numBlocks) (numBlocks)
#define le_mem_InitStaticPool(name, numBlocks, objSize)                                            \
    le_mem_InitStaticPool_(#name, (numBlocks), (objSize), &_mem_##name##Pool)
/** le_mem_ExpandPool() - by @numObjects. Return: @pool. Fatal where there is no memory */
LE_SHARED le_mem_PoolRef_t le_mem_ExpandPool(le_mem_PoolRef_t pool, size_t numObjects);
/** le_mem_SetNumObjsToForce() - by how many le_mem_ForceAlloc() expands it; 1 at first */
LE_SHARED void le_mem_SetNumObjsToForce(le_mem_PoolRef_t pool, size_t numObjects);
LE_SHARED void le_mem_SetDestructor(le_mem_PoolRef_t pool, le_mem_Destructor_t destructor);
/** le_mem_FindPool() - the newest of that name, or NULL */
LE_SHARED le_mem_PoolRef_t le_mem_FindPool(const char *name);
/** le_mem_GetName() - LE_OK; LE_OVERFLOW: what fits is there */
LE_SHARED le_result_t le_mem_GetName(le_mem_PoolRef_t pool, char *namePtr, size_t bufSize);
LE_SHARED void le_mem_GetStats(le_mem_PoolRef_t pool, le_mem_PoolStats_t *statsPtr);
LE_SHARED void le_mem_ResetStats(le_mem_PoolRef_t pool);
/** le_mem_GetObjectCount() - free and used */
LE_SHARED size_t le_mem_GetObjectCount(le_mem_PoolRef_t pool);
LE_SHARED size_t le_mem_GetObjectSize(le_mem_PoolRef_t pool);

/* An object with one reference, its octets what they happen to be: NULL when none is free, fatal
 * when none is free, or of a pool that grows. */
LE_SHARED void *le_mem_TryAlloc(le_mem_PoolRef_t pool);
LE_SHARED void *le_mem_AssertAlloc(le_mem_PoolRef_t pool);
LE_SHARED void *le_mem_ForceAlloc(le_mem_PoolRef_t pool);
#define le_mem_Alloc(pool) le_mem_ForceAlloc(pool)
LE_SHARED void le_mem_AddRef(void *objPtr);
/** le_mem_Release() - one reference less; with the last the destructor runs, in this thread */
LE_SHARED void le_mem_Release(void *objPtr);
LE_SHARED size_t le_mem_GetRefCount(void *objPtr);

#ifdef __cplusplus
}
#endif
