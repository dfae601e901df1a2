/*
 * Pools. A block is a header and the object behind it; blocks come from malloc in lots and never go
 * back. The header says whose it is and what state it is in, so that what was never an object of a
 * pool, or is none any more, is found out as long as its memory is there.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "include/legato/le_mem.h"

#define OBJECT_ALIGNMENT 16u
#define STAMP 0x6c656d62u /* of a block, used or not */

struct block {
    struct le_mem_Pool *pool; /* borrowed */
    struct block *next;       /* free: the next that is */
    atomic_size_t n_refs;     /* 0: free */
    unsigned int stamp;
};
#define HEADER_SIZE                                                                                \
    ((sizeof(struct block) + OBJECT_ALIGNMENT - 1) / OBJECT_ALIGNMENT * OBJECT_ALIGNMENT)

static pthread_mutex_t pools_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct le_mem_Pool *pools; /* owned, or the program's static ones */

static void check_pool(const struct le_mem_Pool *pool, const char *function)
{
    if (pool == NULL)
        legato_fatal("%s: NULL is no pool", function);
}

static void *object_of(struct block *block)
{
    return (unsigned char *)block + HEADER_SIZE;
}

static struct block *block_of(void *object, const char *function)
{
    if (object == NULL)
        legato_fatal("%s: NULL is no object", function);
    struct block *block = (struct block *)(void *)((unsigned char *)object - HEADER_SIZE);
    if (block->stamp != STAMP)
        legato_fatal("%s: %p is no object of a pool", function, object);
    if (atomic_load(&block->n_refs) == 0)
        legato_fatal("%s: object %p of pool '%s' was released already", function, object,
                     block->pool->name);
    return block;
}

/* ---- pools ---- */

static void init(struct le_mem_Pool *pool, const char *name, size_t object_size)
{
    *pool = (struct le_mem_Pool){.objSize = object_size, .numBlocksToForce = 1};
    (void)pthread_mutex_init(&pool->mutex, NULL);
    size_t size = strnlen(name, sizeof pool->name);
    if (size == sizeof pool->name) {
        size--;
        legato_warn("the name of pool '%s' is cut to %zu octets", name, size);
    }
    memcpy(pool->name, name, size);
    (void)pthread_mutex_lock(&pools_mutex);
    pool->nextPtr = pools;
    pools = pool;
    (void)pthread_mutex_unlock(&pools_mutex);
}

le_mem_PoolRef_t le_mem_CreatePool(const char *name, size_t objSize)
{
    struct le_mem_Pool *pool = legato_allocate(sizeof *pool);
    init(pool, name, objSize);
    return pool;
}

le_mem_PoolRef_t le_mem_InitStaticPool_(const char *name, size_t numBlocks, size_t objSize,
                                        le_mem_Pool_t *poolPtr)
{
    init(poolPtr, name, objSize);
    return le_mem_ExpandPool(poolPtr, numBlocks);
}

static void expand_locked(struct le_mem_Pool *pool, size_t n_blocks)
{
    if (pool->objSize > SIZE_MAX - HEADER_SIZE - OBJECT_ALIGNMENT)
        legato_fatal("pool '%s': objects of %zu octets", pool->name, pool->objSize);
    size_t size =
        (HEADER_SIZE + pool->objSize + OBJECT_ALIGNMENT - 1) / OBJECT_ALIGNMENT * OBJECT_ALIGNMENT;
    unsigned char *lot = n_blocks > SIZE_MAX / size ? NULL : malloc(n_blocks * size);
    if (lot == NULL)
        legato_fatal("pool '%s': no memory for %zu objects of %zu octets", pool->name, n_blocks,
                     pool->objSize);
    for (size_t i = n_blocks; i-- > 0;) {
        struct block *block = (struct block *)(void *)(lot + i * size);
        block->pool = pool;
        block->stamp = STAMP;
        atomic_init(&block->n_refs, 0);
        block->next = pool->freeListPtr;
        pool->freeListPtr = block;
    }
    pool->totalBlocks += n_blocks;
}

le_mem_PoolRef_t le_mem_ExpandPool(le_mem_PoolRef_t pool, size_t numObjects)
{
    check_pool(pool, __func__);
    if (numObjects == 0)
        return pool;
    (void)pthread_mutex_lock(&pool->mutex);
    expand_locked(pool, numObjects);
    (void)pthread_mutex_unlock(&pool->mutex);
    return pool;
}

void le_mem_SetNumObjsToForce(le_mem_PoolRef_t pool, size_t numObjects)
{
    check_pool(pool, __func__);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->numBlocksToForce = numObjects == 0 ? 1 : numObjects;
    (void)pthread_mutex_unlock(&pool->mutex);
}

void le_mem_SetDestructor(le_mem_PoolRef_t pool, le_mem_Destructor_t destructor)
{
    check_pool(pool, __func__);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->destructor = destructor;
    (void)pthread_mutex_unlock(&pool->mutex);
}

le_mem_PoolRef_t le_mem_FindPool(const char *name)
{
    (void)pthread_mutex_lock(&pools_mutex);
    struct le_mem_Pool *pool = pools;
    while (pool != NULL && strncmp(pool->name, name, sizeof pool->name - 1) != 0)
        pool = pool->nextPtr;
    (void)pthread_mutex_unlock(&pools_mutex);
    return pool;
}

le_result_t le_mem_GetName(le_mem_PoolRef_t pool, char *namePtr, size_t bufSize)
{
    check_pool(pool, __func__);
    if (bufSize == 0)
        return LE_OVERFLOW;
    size_t size = strnlen(pool->name, bufSize - 1);
    memcpy(namePtr, pool->name, size);
    namePtr[size] = '\0';
    return pool->name[size] == '\0' ? LE_OK : LE_OVERFLOW;
}

void le_mem_GetStats(le_mem_PoolRef_t pool, le_mem_PoolStats_t *statsPtr)
{
    check_pool(pool, __func__);
    (void)pthread_mutex_lock(&pool->mutex);
    *statsPtr = (le_mem_PoolStats_t){.numBlocksInUse = pool->numBlocksInUse,
                                     .maxNumBlocksUsed = pool->maxNumBlocksUsed,
                                     .numOverflows = pool->numOverflows,
                                     .numAllocs = pool->numAllocs,
                                     .numFree = pool->totalBlocks - pool->numBlocksInUse};
    (void)pthread_mutex_unlock(&pool->mutex);
}

void le_mem_ResetStats(le_mem_PoolRef_t pool)
{
    check_pool(pool, __func__);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->maxNumBlocksUsed = pool->numBlocksInUse;
    pool->numOverflows = 0;
    pool->numAllocs = 0;
    (void)pthread_mutex_unlock(&pool->mutex);
}

size_t le_mem_GetObjectCount(le_mem_PoolRef_t pool)
{
    check_pool(pool, __func__);
    (void)pthread_mutex_lock(&pool->mutex);
    size_t count = pool->totalBlocks;
    (void)pthread_mutex_unlock(&pool->mutex);
    return count;
}

size_t le_mem_GetObjectSize(le_mem_PoolRef_t pool)
{
    check_pool(pool, __func__);
    return pool->objSize;
}

/* ---- objects ---- */

static struct block *take_locked(struct le_mem_Pool *pool)
{
    struct block *block = pool->freeListPtr;
    if (block == NULL)
        return NULL;
    pool->freeListPtr = block->next;
    atomic_store(&block->n_refs, 1);
    pool->numAllocs++;
    pool->numBlocksInUse++;
    if (pool->numBlocksInUse > pool->maxNumBlocksUsed)
        pool->maxNumBlocksUsed = pool->numBlocksInUse;
    return block;
}

static void *allocate(struct le_mem_Pool *pool, bool may_expand, const char *function)
{
    check_pool(pool, function);
    (void)pthread_mutex_lock(&pool->mutex);
    if (may_expand && pool->freeListPtr == NULL) {
        expand_locked(pool, pool->numBlocksToForce);
        pool->numOverflows++;
    }
    struct block *block = take_locked(pool);
    (void)pthread_mutex_unlock(&pool->mutex);
    return block == NULL ? NULL : object_of(block);
}

void *le_mem_TryAlloc(le_mem_PoolRef_t pool)
{
    return allocate(pool, false, __func__);
}

void *le_mem_AssertAlloc(le_mem_PoolRef_t pool)
{
    void *object = allocate(pool, false, __func__);
    if (object == NULL)
        legato_fatal("%s: pool '%s' has no free object", __func__, pool->name);
    return object;
}

void *le_mem_ForceAlloc(le_mem_PoolRef_t pool)
{
    return allocate(pool, true, __func__);
}

void le_mem_AddRef(void *objPtr)
{
    atomic_fetch_add(&block_of(objPtr, __func__)->n_refs, 1);
}

void le_mem_Release(void *objPtr)
{
    struct block *block = block_of(objPtr, __func__);
    struct le_mem_Pool *pool = block->pool;
    size_t n_refs = atomic_load(&block->n_refs);
    while (n_refs > 1)
        if (atomic_compare_exchange_weak(&block->n_refs, &n_refs, n_refs - 1))
            return;
    /* the last one: the destructor still may use the object as one */
    (void)pthread_mutex_lock(&pool->mutex);
    le_mem_Destructor_t destructor = pool->destructor;
    (void)pthread_mutex_unlock(&pool->mutex);
    if (destructor != NULL)
        destructor(objPtr);
    (void)pthread_mutex_lock(&pool->mutex);
    atomic_store(&block->n_refs, 0);
    block->next = pool->freeListPtr;
    pool->freeListPtr = block;
    pool->numBlocksInUse--;
    (void)pthread_mutex_unlock(&pool->mutex);
}

size_t le_mem_GetRefCount(void *objPtr)
{
    return atomic_load(&block_of(objPtr, __func__)->n_refs);
}
