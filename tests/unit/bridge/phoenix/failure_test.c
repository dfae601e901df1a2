/*
 * What statuses are to programs of Phoenix-RTOS: -EINVAL is for what stays as it is.
 */
#include <cmocka.h>
#include <errno.h>

#include "bridge/phoenix/failure.h"

static void each_status_has_its_error(void **state)
{
    (void)state;
    static const struct {
        enum via_status status;
        int error;
    } rows[] = {
        {VIA_OK, 0},
        {VIA_INVALID, -EINVAL},
        {VIA_NO_MEMORY, -ENOMEM},
        {VIA_BUSY, -EAGAIN},
        {VIA_TIMEOUT, -ETIME},
        {VIA_CANCELLED, -EINTR},
        {VIA_DEAD, -EINVAL},
        {VIA_NOT_FOUND, -EINVAL},
        {VIA_EXISTS, -EEXIST},
        {VIA_DENIED, -EACCES},
        {VIA_TOO_LARGE, -ENOMEM},
        {VIA_UNSUPPORTED, -EINVAL},
        {VIA_NOT_CONNECTED, -EAGAIN},
        {VIA_IO, -EIO},
        {VIA_BAD_PAYLOAD, -EINVAL},
        {VIA_BAD_CERTIFICATE, -EACCES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(failure_of(rows[i].status), rows[i].error);
}

static void whatever_is_none_is_an_error_too(void **state)
{
    (void)state;
    assert_int_equal(failure_of((enum via_status)4711), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_has_its_error),
        cmocka_unit_test(whatever_is_none_is_an_error_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
