/*
 * References: stale ones are found out, and so are those of other maps.
 */
#include <cmocka.h>
#include <stdint.h>

#include "include/legato/le_safeRef.h"
#include "tests/unit/bridge/captured_stderr.h"
#include "tests/unit/bridge/legato/doomed.h"

LE_REF_DEFINE_STATIC_MAP(Statics, 2);

static int objects[100];

static void a_stale_reference_finds_nothing(void **state)
{
    (void)state;
    le_ref_MapRef_t map = le_ref_InitStaticMap(Statics, 2);
    void *first = le_ref_CreateRef(map, &objects[0]);
    assert_int_equal((uintptr_t)first & 1, 1);
    assert_ptr_equal(le_ref_Lookup(map, first), &objects[0]);
    le_ref_DeleteRef(map, first);
    assert_null(le_ref_Lookup(map, first));
    void *second = le_ref_CreateRef(map, &objects[1]); /* in the same place */
    assert_null(le_ref_Lookup(map, first));
    assert_ptr_equal(le_ref_Lookup(map, second), &objects[1]);
    le_ref_DeleteRef(map, first);
    (void)captured_stderr_matches("=ERR=.* is no reference of map 'Statics'\n$");
    assert_ptr_equal(le_ref_Lookup(map, second), &objects[1]);
    assert_null(le_ref_Lookup(map, NULL));
    assert_null(le_ref_Lookup(map, &objects[0]));
    assert_null(le_ref_Lookup(map, (void *)(uintptr_t)UINTPTR_MAX));
}

static void a_reference_is_of_one_map(void **state)
{
    (void)state;
    le_ref_MapRef_t one = le_ref_CreateMap("one", 1);
    le_ref_MapRef_t other = le_ref_CreateMap("other", 1);
    void *reference = le_ref_CreateRef(one, &objects[0]);
    (void)le_ref_CreateRef(other, &objects[1]);
    assert_null(le_ref_Lookup(other, reference));
}

static void it_takes_more_than_it_expected(void **state)
{
    (void)state;
    le_ref_MapRef_t map = le_ref_CreateMap("small", 1);
    void *references[100];
    for (size_t i = 0; i < 100; i++)
        references[i] = le_ref_CreateRef(map, &objects[i]);
    for (size_t i = 0; i < 100; i++)
        assert_ptr_equal(le_ref_Lookup(map, references[i]), &objects[i]);
}

/* Programs put references into messages as 32 bits; le_pack_PackReference() refuses larger ones. */
static void a_reference_has_32_bits_however_often_one_is_made(void **state)
{
    (void)state;
    le_ref_MapRef_t map = le_ref_CreateMap("narrow", 1);
    void *first = le_ref_CreateRef(map, &objects[0]);
    le_ref_DeleteRef(map, first);
    for (unsigned i = 0; i < 100000; i++) {
        void *reference = le_ref_CreateRef(map, &objects[1]);
        assert_true((uintptr_t)reference <= UINT32_MAX && ((uintptr_t)reference & 1) == 1);
        assert_ptr_not_equal(reference, first);
        le_ref_DeleteRef(map, reference);
    }
    assert_null(le_ref_Lookup(map, first));
}

static void an_iterator_meets_each_once(void **state)
{
    (void)state;
    le_ref_MapRef_t map = le_ref_CreateMap("walked", 8);
    void *references[3];
    for (size_t i = 0; i < 3; i++)
        references[i] = le_ref_CreateRef(map, i == 1 ? NULL : &objects[i]);
    le_ref_IterRef_t iterator = le_ref_GetIterator(map);
    assert_null(le_ref_GetSafeRef(iterator));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(le_ref_NextNode(iterator), LE_OK);
        assert_ptr_equal(le_ref_GetSafeRef(iterator), references[i]);
        assert_ptr_equal(le_ref_GetValue(iterator), i == 1 ? NULL : &objects[i]);
        le_ref_DeleteRef(map, references[i]); /* as services do when a session closes */
        assert_null(le_ref_GetSafeRef(iterator));
        assert_null(le_ref_GetValue(iterator));
    }
    assert_int_equal(le_ref_NextNode(iterator), LE_NOT_FOUND);
    assert_int_equal(le_ref_NextNode(iterator), LE_FAULT);
    assert_int_equal(le_ref_NextNode(le_ref_GetIterator(map)), LE_NOT_FOUND);
}

static void use_none(void)
{
    (void)le_ref_Lookup(NULL, NULL);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(use_none, 1, "le_ref_Lookup: NULL is no map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test_setup_teardown(a_stale_reference_finds_nothing, captured_stderr_begin,
                                        captured_stderr_end),
        cmocka_unit_test(a_reference_is_of_one_map),
        cmocka_unit_test(it_takes_more_than_it_expected),
        cmocka_unit_test(a_reference_has_32_bits_however_often_one_is_made),
        cmocka_unit_test(an_iterator_meets_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
