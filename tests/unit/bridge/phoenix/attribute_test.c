/*
 * All attributes at once.
 */
#include <cmocka.h>
#include <errno.h>
#include <phoenix/attribute.h>
#include <string.h>

static void every_err_is_set_and_no_val(void **state)
{
    (void)state;
    struct _attr each[sizeof(struct _attrAll) / sizeof(struct _attr)];
    struct _attrAll all;
    memset(&all, 0x5a, sizeof all);
    _phoenix_initAttrsStruct(&all, -ENOSYS);
    assert_int_equal(sizeof each, sizeof all);
    memcpy(each, &all, sizeof each);
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        assert_int_equal(each[i].err, -ENOSYS);
        assert_int_equal(each[i].val, 0x5a5a5a5a5a5a5a5a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_err_is_set_and_no_val),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
