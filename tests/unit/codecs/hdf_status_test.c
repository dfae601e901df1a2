/*
 * Numbers to names, both as the specification has them.
 */
#include <cmocka.h>
#include <stddef.h>

#include "codecs/hdf_status.h"

#define HDF_STATUSES 28

static void every_status_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(hdf_status_name(0), "HDF_SUCCESS");
    assert_string_equal(hdf_status_name(-17), "HDF_ERR_IO");
    assert_string_equal(hdf_status_name(-19), "HDF_ERR_NOPERM");
    assert_string_equal(hdf_status_name(-101), "HDF_BSP_ERR_OP");
    assert_string_equal(hdf_status_name(-203), "HDF_DEV_ERR_NO_DEVICE_SERVICE");
    assert_string_equal(hdf_status_name(-211), "HDF_DEV_ERR_NETDOWN");
    int n = 0;
    for (int32_t status = -1000; status <= 0; status++)
        n += hdf_status_name(status) != NULL;
    assert_int_equal(n, HDF_STATUSES);
}

static void other_numbers_have_none(void **state)
{
    static const int32_t others[] = {-5,   -8,   -9, -11,       -14,      -21,
                                     -100, -209, 1,  INT32_MIN, INT32_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_null(hdf_status_name(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_name),
        cmocka_unit_test(other_numbers_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
