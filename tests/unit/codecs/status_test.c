/*
 * Statuses and causes keep their names, and any number has one.
 */
#include <cmocka.h>
#include <viaduct/status.h>

static void statuses_have_stable_names(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *name;
    } known[] = {
        {0, "ok"},
        {1, "invalid"},
        {2, "no_memory"},
        {3, "busy"},
        {4, "timeout"},
        {5, "cancelled"},
        {6, "dead"},
        {7, "not_found"},
        {8, "exists"},
        {9, "denied"},
        {10, "too_large"},
        {11, "unsupported"},
        {12, "not_connected"},
        {13, "io"},
        {14, "end"},
        {15, "bad_type"},
        {32, "bad_size"},
        {33, "bad_kind"},
        {34, "bad_flags"},
        {35, "bad_handle"},
        {36, "bad_reference"},
        {37, "bad_meta"},
        {38, "bad_payload"},
        {39, "bad_tape"},
        {40, "bad_version"},
        {41, "bad_subprotocol"},
        {42, "bad_json"},
        {43, "bad_certificate"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_string_equal(via_status_name((enum via_status)known[i].number), known[i].name);
}

static void a_number_that_is_no_status_is_unknown(void **state)
{
    (void)state;
    static const unsigned numbers[] = {16, 31, 44, 1000, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_string_equal(via_status_name((enum via_status)numbers[i]), "unknown");
}

static void causes_have_stable_names(void **state)
{
    (void)state;
    assert_string_equal(via_cause_name(VIA_ALIVE), "alive");
    assert_string_equal(via_cause_name(VIA_EXITED), "exited");
    assert_string_equal(via_cause_name(VIA_CRASHED), "crashed");
    assert_string_equal(via_cause_name(VIA_WITHDRAWN), "withdrawn");
    assert_string_equal(via_cause_name(VIA_LINK_LOST), "link_lost");
    assert_string_equal(via_cause_name(VIA_EVICTED), "evicted");
    assert_string_equal(via_cause_name((enum via_cause)6), "unknown");
    assert_string_equal(via_cause_name((enum via_cause)0xffffffff), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_have_stable_names),
        cmocka_unit_test(a_number_that_is_no_status_is_unknown),
        cmocka_unit_test(causes_have_stable_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
