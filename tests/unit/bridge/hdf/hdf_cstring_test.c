/*
 * Copies of strings, and the number that stands for one.
 */
#include <cmocka.h>

#include "include/hdf/hdf_cstring.h"
#include "include/hdf/osal_mem.h"

static void the_number_is_31_bits_of_a_sum_of_131(void **state)
{
    (void)state;
    assert_int_equal(HdfStringMakeHashKey("a", 0), 97);
    assert_int_equal(HdfStringMakeHashKey("ab", 0), 97u * 131 + 98);
    uint32_t sum = 0;
    static const char name[] = "sample_driver";
    for (const char *c = name; *c != '\0'; c++)
        sum = sum * 131 + (unsigned char)*c;
    assert_int_equal(HdfStringMakeHashKey(name, 0), sum & 0x7fffffff);
    assert_int_equal(HdfStringMakeHashKey(name, 0x80000000), sum | 0x80000000);
    assert_int_equal(HdfStringMakeHashKey("\xff", 0), 255);
}

static void nothing_gives_the_mask(void **state)
{
    (void)state;
    assert_int_equal(HdfStringMakeHashKey(NULL, 7), 7);
    assert_int_equal(HdfStringMakeHashKey("", 7), 7);
}

static void a_copy_is_its_owners(void **state)
{
    (void)state;
    char text[] = "text";
    char *copy = HdfStringCopy(text);
    struct HdfCString *string = HdfCStringObtain(text);
    assert_non_null(copy);
    assert_non_null(string);
    text[0] = 'n';
    assert_string_equal(copy, "text");
    assert_int_equal(string->size, 4);
    assert_memory_equal(string->value, "text", 5);
    OsalMemFree(copy);
    HdfCStringRecycle(string);
}

static void an_empty_string_is_one(void **state)
{
    (void)state;
    struct HdfCString *string = HdfCStringObtain("");
    assert_non_null(string);
    assert_int_equal(string->size, 0);
    assert_int_equal(string->value[0], '\0');
    HdfCStringRecycle(string);
    char *copy = HdfStringCopy("");
    assert_string_equal(copy, "");
    OsalMemFree(copy);
}

static void null_has_no_copy(void **state)
{
    (void)state;
    assert_null(HdfStringCopy(NULL));
    assert_null(HdfCStringObtain(NULL));
    HdfCStringRecycle(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_is_31_bits_of_a_sum_of_131),
        cmocka_unit_test(nothing_gives_the_mask),
        cmocka_unit_test(a_copy_is_its_owners),
        cmocka_unit_test(an_empty_string_is_one),
        cmocka_unit_test(null_has_no_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
