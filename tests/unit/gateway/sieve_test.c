/*
 * Filters by value: payloads are numbers with their tapes.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/parcel.h"
#include "codecs/payload.h"
#include "gateway/sieve.h"
#include "tests/unit/bridge/scarce_memory.h"

static struct via_parcel *parcel;

/* An event whose payload is a text and @number. */
static struct frame event(uint32_t id, double number)
{
    struct payload payload;
    (void)via_parcel_unref(parcel);
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_str(parcel, "degrees"), VIA_OK);
    assert_int_equal(via_parcel_write_f64(parcel, number), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, 7), VIA_OK);
    parcel_payload(parcel, &payload);
    return (struct frame){.code = id,
                          .body = payload.octets,
                          .body_size = (uint32_t)payload.size,
                          .tape = payload.tape,
                          .tape_size = (uint32_t)payload.tape_size};
}

static enum sieve_verdict give(struct sieve *sieve, uint32_t id, double number, uint64_t now_ms)
{
    const struct frame frame = event(id, number);
    enum sieve_verdict verdict = sieve_judge(sieve, &frame, now_ms);
    if (verdict == SIEVE_PASS)
        sieve_passed(sieve, &frame, now_ms);
    return verdict;
}

static void start(struct sieve *sieve, const struct event_filter *filter)
{
    sieve_init(sieve, filter);
}

static int end(void **state)
{
    (void)state;
    parcel = via_parcel_unref(parcel);
    return 0;
}

static void a_range_has_its_ends(void **state)
{
    (void)state;
    const struct event_filter filter = {.has_low = true, .low = -1, .has_high = true, .high = 2};
    struct sieve sieve;
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 1, -1.5, 1), SIEVE_OUT);
    assert_int_equal(give(&sieve, 1, -1, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 1, 2, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 1, 2.5, 1), SIEVE_OUT);
    sieve_deinit(&sieve);
}

static void another_number_may_be_looked_at(void **state)
{
    (void)state;
    struct event_filter filter = {.has_low = true, .low = 7, .value = 1};
    struct sieve sieve;
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 1, 0, 1), SIEVE_PASS); /* the one behind is 7 */
    sieve_deinit(&sieve);
    filter.value = 2; /* there are two */
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 1, 8, 1), SIEVE_OUT);
    sieve_deinit(&sieve);
}

static void a_change_is_measured_from_what_passed_last(void **state)
{
    (void)state;
    const struct event_filter filter = {.by_change = true, .change = 1};
    struct sieve sieve;
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 1, 10, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 1, 10.5, 1), SIEVE_OUT);
    assert_int_equal(give(&sieve, 1, 10.9, 1), SIEVE_OUT);
    assert_int_equal(give(&sieve, 1, 11, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 1, 9.5, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 2, 9.5, 1), SIEVE_PASS); /* another id has its own */
    sieve_deinit(&sieve);
}

static void any_octet_is_a_change_by_nothing(void **state)
{
    (void)state;
    const struct event_filter filter = {.by_change = true};
    struct sieve sieve;
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 1, 10, 1), SIEVE_PASS);
    assert_int_equal(give(&sieve, 1, 10, 1), SIEVE_OUT);
    assert_int_equal(give(&sieve, 1, 10.001, 1), SIEVE_PASS);
    sieve_deinit(&sieve);
}

static void what_comes_too_soon_waits_and_the_newest_says_whether_it_still_does(void **state)
{
    (void)state;
    const struct event_filter filter = {.every_ms = 100, .by_change = true, .change = 1};
    struct sieve sieve;
    uint32_t id = 0;
    start(&sieve, &filter);
    assert_int_equal(give(&sieve, 5, 1, 1000), SIEVE_PASS);
    assert_true(sieve_due(&sieve) == UINT64_MAX);
    assert_int_equal(give(&sieve, 5, 3, 1050), SIEVE_LATER);
    assert_true(sieve_due(&sieve) == 1100);
    assert_false(sieve_take_due(&sieve, 1099, &id));
    assert_true(sieve_take_due(&sieve, 1100, &id));
    assert_int_equal(id, 5);
    assert_false(sieve_take_due(&sieve, 1100, &id));
    assert_int_equal(give(&sieve, 5, 3, 1060), SIEVE_LATER);
    assert_int_equal(give(&sieve, 5, 1.5, 1070), SIEVE_OUT); /* it has come back */
    assert_true(sieve_due(&sieve) == UINT64_MAX);
    assert_int_equal(give(&sieve, 5, 4, 1100), SIEVE_PASS);
    sieve_deinit(&sieve);
}

static void so_many_ids_are_remembered_and_no_more(void **state)
{
    (void)state;
    const struct event_filter filter = {.by_change = true};
    struct sieve sieve;
    start(&sieve, &filter);
    for (uint32_t id = 0; id < SIEVE_IDS_MAX + 10; id++)
        assert_int_equal(give(&sieve, id * 4096, 1, 1), SIEVE_PASS);
    assert_int_equal(sieve.n_ids, SIEVE_IDS_MAX);
    assert_int_equal(give(&sieve, 0, 1, 1), SIEVE_OUT);
    assert_int_equal(give(&sieve, SIEVE_IDS_MAX * 4096, 1, 1), SIEVE_PASS);
    sieve_deinit(&sieve);
}

static void what_is_known_is_judged_without_an_allocation(void **state)
{
    (void)state;
    struct event_filter filter = {
        .every_ms = 1, .by_change = true, .change = 1, .has_low = true, .low = 0, .n_ids = 0};
    const uint32_t ids[] = {1, 2, 3, 4};
    event_filter_set_ids(&filter, ids, 4);
    struct sieve sieve;
    start(&sieve, &filter);
    for (uint32_t id = 1; id <= 4; id++)
        assert_int_equal(give(&sieve, id, 1, 1), SIEVE_PASS);
    memory_fail(MEMORY_ENOUGH, false);
    unsigned n_passed = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        const struct frame frame = event(i % 5, (double)(i % 4) - 1);
        size_t n_before = memory_n_asked(); /* the event itself takes some */
        if (sieve_judge(&sieve, &frame, i + 2) == SIEVE_PASS) {
            sieve_passed(&sieve, &frame, i + 2);
            n_passed++;
        }
        assert_int_equal(memory_n_asked(), n_before);
    }
    assert_true(n_passed > 100);
    sieve_deinit(&sieve);
}

static void octets_without_a_tape_have_no_numbers(void **state)
{
    (void)state;
    const struct event_filter ranged = {.has_low = true, .low = -1e300};
    const struct event_filter changed = {.by_change = true, .change = 1};
    const uint8_t octets[] = {1, 2, 3, 4};
    struct frame frame = {.code = 1, .body = octets, .body_size = sizeof octets};
    struct sieve sieve;
    start(&sieve, &ranged);
    assert_int_equal(sieve_judge(&sieve, &frame, 1), SIEVE_OUT);
    sieve_deinit(&sieve);
    start(&sieve, &changed);
    assert_int_equal(sieve_judge(&sieve, &frame, 1), SIEVE_PASS);
    sieve_passed(&sieve, &frame, 1);
    assert_int_equal(sieve_judge(&sieve, &frame, 1), SIEVE_OUT);
    frame.body_size = 3;
    assert_int_equal(sieve_judge(&sieve, &frame, 1), SIEVE_PASS);
    sieve_deinit(&sieve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_range_has_its_ends, end),
        cmocka_unit_test_teardown(another_number_may_be_looked_at, end),
        cmocka_unit_test_teardown(a_change_is_measured_from_what_passed_last, end),
        cmocka_unit_test_teardown(any_octet_is_a_change_by_nothing, end),
        cmocka_unit_test_teardown(
            what_comes_too_soon_waits_and_the_newest_says_whether_it_still_does, end),
        cmocka_unit_test_teardown(so_many_ids_are_remembered_and_no_more, end),
        cmocka_unit_test_teardown(what_is_known_is_judged_without_an_allocation, end),
        cmocka_unit_test_teardown(octets_without_a_tape_have_no_numbers, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
