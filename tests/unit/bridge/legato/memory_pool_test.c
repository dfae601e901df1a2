/*
 * Pools and the objects of them.
 */
#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "include/legato/le_mem.h"
#include "include/legato/le_thread.h"
#include "tests/unit/bridge/legato/doomed.h"

LE_MEM_DEFINE_STATIC_POOL(Statics, 3, sizeof(int));

static int n_destroyed;

static void destroy(void *object)
{
    n_destroyed++;
    assert_int_equal(le_mem_GetRefCount(object), 1);
    memset(object, 0x55, 40);
}

static void references_are_counted(void **state)
{
    (void)state;
    n_destroyed = 0;
    le_mem_PoolRef_t pool = le_mem_CreatePool("counted", 40);
    le_mem_SetDestructor(pool, destroy);
    assert_ptr_equal(le_mem_ExpandPool(pool, 1), pool);
    void *object = le_mem_AssertAlloc(pool);
    assert_int_equal(le_mem_GetRefCount(object), 1);
    le_mem_AddRef(object);
    assert_int_equal(le_mem_GetRefCount(object), 2);
    le_mem_Release(object);
    assert_int_equal(n_destroyed, 0);
    le_mem_Release(object);
    assert_int_equal(n_destroyed, 1);
    assert_ptr_equal(le_mem_TryAlloc(pool), object); /* reused */
    assert_null(le_mem_TryAlloc(pool));
    le_mem_Release(object);
}

static void objects_are_apart_and_aligned(void **state)
{
    (void)state;
    le_mem_PoolRef_t pool = le_mem_ExpandPool(le_mem_CreatePool("apart", 17), 4);
    unsigned char *objects[4];
    for (size_t i = 0; i < 4; i++) {
        objects[i] = le_mem_TryAlloc(pool);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        memset(objects[i], (int)i, 17);
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 17; k++)
            assert_int_equal(objects[i][k], i);
        le_mem_Release(objects[i]);
    }
    assert_int_equal(le_mem_GetObjectSize(pool), 17);
}

static void a_forced_one_makes_the_pool_grow(void **state)
{
    (void)state;
    le_mem_PoolRef_t pool = le_mem_CreatePool("growing", 8);
    le_mem_SetNumObjsToForce(pool, 3);
    void *first = le_mem_ForceAlloc(pool);
    void *second = le_mem_Alloc(pool);
    assert_int_equal(le_mem_GetObjectCount(pool), 3);
    le_mem_PoolStats_t stats;
    le_mem_GetStats(pool, &stats);
    assert_int_equal(stats.numBlocksInUse, 2);
    assert_int_equal(stats.numFree, 1);
    assert_int_equal(stats.numOverflows, 1);
    assert_int_equal(stats.numAllocs, 2);
    le_mem_Release(first);
    le_mem_Release(second);
    le_mem_GetStats(pool, &stats);
    assert_int_equal(stats.maxNumBlocksUsed, 2);
    le_mem_ResetStats(pool);
    le_mem_GetStats(pool, &stats);
    assert_int_equal(stats.maxNumBlocksUsed, 0);
    assert_int_equal(stats.numAllocs, 0);
}

static void a_static_pool_has_its_objects(void **state)
{
    (void)state;
    le_mem_PoolRef_t pool = le_mem_InitStaticPool(Statics, 3, sizeof(int));
    assert_int_equal(le_mem_GetObjectCount(pool), 3);
    assert_ptr_equal(le_mem_FindPool("Statics"), pool);
    char name[4];
    assert_int_equal(le_mem_GetName(pool, name, sizeof name), LE_OVERFLOW);
    assert_string_equal(name, "Sta");
    assert_null(le_mem_FindPool("none"));
}

static void long_names_are_cut(void **state)
{
    (void)state;
    le_mem_PoolRef_t pool = le_mem_CreatePool("0123456789012345678901234567890123456789", 8);
    char name[64];
    assert_int_equal(le_mem_GetName(pool, name, sizeof name), LE_OK);
    assert_string_equal(name, "0123456789012345678901234567890");
}

static void *churn(void *context)
{
    for (int i = 0; i < 2000; i++) {
        unsigned char *object = le_mem_ForceAlloc(context);
        le_mem_AddRef(object);
        memset(object, i, 32);
        le_mem_Release(object);
        assert_int_equal(object[31], (unsigned char)i);
        le_mem_Release(object);
    }
    return NULL;
}

static void threads_share_a_pool(void **state)
{
    (void)state;
    le_mem_PoolRef_t pool = le_mem_CreatePool("shared", 32);
    le_thread_Ref_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        threads[i] = le_thread_Create("churning", churn, pool);
        le_thread_SetJoinable(threads[i]);
        le_thread_Start(threads[i]);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(le_thread_Join(threads[i], NULL), LE_OK);
    le_mem_PoolStats_t stats;
    le_mem_GetStats(pool, &stats);
    assert_int_equal(stats.numBlocksInUse, 0);
    assert_int_equal(stats.numAllocs, 6000);
    assert_in_range(le_mem_GetObjectCount(pool), 1, 3);
}

static void release_twice(void)
{
    void *object = le_mem_ForceAlloc(le_mem_CreatePool("twice", 8));
    le_mem_Release(object);
    le_mem_Release(object);
}

static void release_foreign(void)
{
    static long long memory[16];
    le_mem_Release(&memory[12]);
}

static void want_too_many(void)
{
    (void)le_mem_AssertAlloc(le_mem_CreatePool("empty", 8));
}

static void use_none(void)
{
    (void)le_mem_TryAlloc(NULL);
}

static void want_the_impossible(void)
{
    (void)le_mem_ExpandPool(le_mem_CreatePool("huge", 1024), SIZE_MAX / 8);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(release_twice, 1, "le_mem_Release: object .* of pool 'twice' was released already");
    doomed(release_foreign, 1, "le_mem_Release: .* is no object of a pool");
    doomed(want_too_many, 1, "le_mem_AssertAlloc: pool 'empty' has no free object");
    doomed(use_none, 1, "le_mem_TryAlloc: NULL is no pool");
    doomed(want_the_impossible, 1, "pool 'huge': no memory for [0-9]+ objects of 1024 octets");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(objects_are_apart_and_aligned),
        cmocka_unit_test(a_forced_one_makes_the_pool_grow),
        cmocka_unit_test(a_static_pool_has_its_objects),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(threads_share_a_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
