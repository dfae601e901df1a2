/*
 * Each process has its share, whatever the others have.
 */
#include <cmocka.h>

#include "bridge/portfolio/senders.h"

static void one_has_so_many_messages_and_no_more(void **state)
{
    (void)state;
    for (uint32 i = 0; i < SENDER_MESSAGES_MAX; i++)
        assert_true(senders_admit(7, 1));
    assert_false(senders_admit(7, 0));
    assert_true(senders_admit(7 + 64, 1)); /* of the same bucket */
    senders_dismiss(7, 1);
    assert_true(senders_admit(7, 1));
    assert_false(senders_admit(7, 1));
    for (uint32 i = 0; i < SENDER_MESSAGES_MAX; i++)
        senders_dismiss(7, 1);
    senders_dismiss(7 + 64, 1);
}

static void one_has_so_much_memory_but_always_one_message(void **state)
{
    (void)state;
    assert_true(senders_admit(-1, SIZE_MAX));
    senders_dismiss(-1, SIZE_MAX);
    assert_true(senders_admit(8, SENDER_SIZE_MAX - 1));
    assert_true(senders_admit(8, 1));
    assert_false(senders_admit(8, 1));
    assert_false(senders_admit(8, SIZE_MAX));
    assert_true(senders_admit(8, 0));
    senders_dismiss(8, 1);
    assert_true(senders_admit(8, 1));
    senders_forget();
    assert_true(senders_admit(8, SENDER_SIZE_MAX));
    senders_dismiss(8, SENDER_SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_has_so_many_messages_and_no_more),
        cmocka_unit_test(one_has_so_much_memory_but_always_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
