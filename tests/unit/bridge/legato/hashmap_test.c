/*
 * Maps.
 */
#include <cmocka.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "include/legato/le_hashmap.h"
#include "tests/unit/bridge/legato/doomed.h"

LE_HASHMAP_DEFINE_STATIC(Strings, 4);

static void keys_have_values(void **state)
{
    (void)state;
    static const char one[] = "one";
    static const char two[] = "two";
    char key[] = "one";
    le_hashmap_Ref_t map =
        le_hashmap_InitStatic(Strings, 4, le_hashmap_HashString, le_hashmap_EqualsString);
    assert_true(le_hashmap_isEmpty(map));
    assert_null(le_hashmap_Get(map, one));
    assert_null(le_hashmap_Remove(map, one));
    assert_null(le_hashmap_Put(map, one, "1"));
    assert_null(le_hashmap_Put(map, two, "2"));
    assert_string_equal(le_hashmap_Put(map, key, "I"), "1");
    assert_string_equal(le_hashmap_Get(map, key), "I");
    assert_ptr_equal(le_hashmap_GetStoredKey(map, key), one);
    assert_null(le_hashmap_GetStoredKey(map, "three"));
    assert_true(le_hashmap_ContainsKey(map, two));
    assert_int_equal(le_hashmap_Size(map), 2);
    assert_string_equal(le_hashmap_Remove(map, key), "I");
    assert_false(le_hashmap_ContainsKey(map, one));
    le_hashmap_RemoveAll(map);
    assert_true(le_hashmap_isEmpty(map));
    assert_null(le_hashmap_Get(map, two));
}

#define MANY 5000

static bool add_up(const void *key, const void *value, void *context)
{
    assert_ptr_equal(key, value);
    *(uint64_t *)context += *(const uint32_t *)key;
    return *(uint64_t *)context < UINT64_MAX / 2;
}

static bool stop(const void *key, const void *value, void *context)
{
    (void)key;
    (void)value;
    ++*(int *)context;
    return false;
}

static void it_takes_more_than_it_expected(void **state)
{
    (void)state;
    static uint32_t numbers[MANY];
    le_hashmap_Ref_t map =
        le_hashmap_Create("numbers", 0, le_hashmap_HashUInt32, le_hashmap_EqualsUInt32);
    for (uint32_t i = 0; i < MANY; i++) {
        numbers[i] = i << 16; /* alike in their low bits */
        assert_null(le_hashmap_Put(map, &numbers[i], &numbers[i]));
    }
    assert_int_equal(le_hashmap_Size(map), MANY);
    assert_in_range(le_hashmap_CountCollisions(map), 0, MANY / 2);
    uint64_t sum = 0;
    assert_true(le_hashmap_ForEach(map, add_up, &sum));
    assert_int_equal(sum, (uint64_t)MANY * (MANY - 1) / 2 << 16);
    int n_seen = 0;
    assert_false(le_hashmap_ForEach(map, stop, &n_seen));
    assert_int_equal(n_seen, 1);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t key = i << 16;
        assert_ptr_equal(le_hashmap_Remove(map, &key), &numbers[i]);
    }
    assert_true(le_hashmap_isEmpty(map));
}

static void an_iterator_goes_both_ways(void **state)
{
    (void)state;
    static uint64_t keys[4] = {1, 2, 3, 4};
    le_hashmap_Ref_t map =
        le_hashmap_Create("walked", 4, le_hashmap_HashUInt64, le_hashmap_EqualsUInt64);
    assert_int_equal(le_hashmap_NextNode(le_hashmap_GetIterator(map)), LE_NOT_FOUND);
    for (size_t i = 0; i < 4; i++)
        assert_null(le_hashmap_Put(map, &keys[i], &keys[i]));
    le_hashmap_It_Ref_t iterator = le_hashmap_GetIterator(map);
    assert_null(le_hashmap_GetKey(iterator));
    assert_null(le_hashmap_GetValue(iterator));
    assert_int_equal(le_hashmap_PrevNode(iterator), LE_NOT_FOUND);
    assert_int_equal(le_hashmap_NextNode(iterator), LE_OK);
    assert_ptr_equal(le_hashmap_GetKey(iterator), &keys[0]);
    assert_int_equal(le_hashmap_NextNode(iterator), LE_OK);
    /* what it stands on goes, and what comes next */
    assert_ptr_equal(le_hashmap_Remove(map, &keys[1]), &keys[1]);
    assert_null(le_hashmap_GetKey(iterator));
    assert_null(le_hashmap_GetValue(iterator));
    assert_ptr_equal(le_hashmap_Remove(map, &keys[2]), &keys[2]);
    assert_int_equal(le_hashmap_NextNode(iterator), LE_OK);
    assert_ptr_equal(le_hashmap_GetValue(iterator), &keys[3]);
    assert_int_equal(le_hashmap_NextNode(iterator), LE_NOT_FOUND);
    assert_int_equal(le_hashmap_PrevNode(iterator), LE_OK);
    assert_ptr_equal(le_hashmap_GetKey(iterator), &keys[0]);
    le_hashmap_RemoveAll(map);
    assert_null(le_hashmap_GetKey(iterator));
    assert_int_equal(le_hashmap_NextNode(iterator), LE_NOT_FOUND);
}

static void nodes_are_found_one_by_one(void **state)
{
    (void)state;
    static int objects[2];
    void *key = NULL;
    void *value = NULL;
    le_hashmap_Ref_t map =
        le_hashmap_Create("nodes", 4, le_hashmap_HashVoidPointer, le_hashmap_EqualsVoidPointer);
    assert_int_equal(le_hashmap_GetFirstNode(map, &key, &value), LE_NOT_FOUND);
    assert_null(le_hashmap_Put(map, &objects[0], &objects[1]));
    assert_null(le_hashmap_Put(map, &objects[1], &objects[0]));
    assert_int_equal(le_hashmap_GetFirstNode(map, NULL, &value), LE_BAD_PARAMETER);
    assert_int_equal(le_hashmap_GetFirstNode(map, &key, NULL), LE_OK);
    assert_ptr_equal(key, &objects[0]);
    assert_int_equal(le_hashmap_GetNodeAfter(map, &objects[0], &key, &value), LE_OK);
    assert_ptr_equal(key, &objects[1]);
    assert_ptr_equal(value, &objects[0]);
    assert_int_equal(le_hashmap_GetNodeAfter(map, &objects[1], &key, &value), LE_NOT_FOUND);
    assert_int_equal(le_hashmap_GetNodeAfter(map, &map, &key, &value), LE_BAD_PARAMETER);
    le_hashmap_RemoveAll(map);
}

static void use_none(void)
{
    (void)le_hashmap_Size(NULL);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(use_none, 1, "le_hashmap_Size: NULL is no map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(keys_have_values),
        cmocka_unit_test(it_takes_more_than_it_expected),
        cmocka_unit_test(an_iterator_goes_both_ways),
        cmocka_unit_test(nodes_are_found_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
