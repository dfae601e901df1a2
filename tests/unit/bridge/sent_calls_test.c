/*
 * Sent calls: ids that count upward, past those still waiting, and wrap.
 */
#include <cmocka.h>

#include "bridge/sent_calls.h"

static uint32_t add(struct sent_calls *calls, uint64_t context)
{
    uint32_t id;
    assert_int_equal(sent_calls_add(calls, context, &id), VIA_OK);
    return id;
}

static void ids_count_upward(void **state)
{
    (void)state;
    struct sent_calls calls;
    sent_calls_init(&calls, 100);
    assert_null(sent_calls_find(&calls, 0));
    uint32_t first = add(&calls, 10);
    uint32_t second = add(&calls, 20);
    assert_int_equal(second, first + 1);
    assert_int_equal(sent_calls_find(&calls, first)->context, 10);
    assert_int_equal(sent_calls_find(&calls, second)->context, 20);
    sent_calls_remove(&calls, sent_calls_find(&calls, first));
    assert_null(sent_calls_find(&calls, first));
    assert_int_equal(add(&calls, 30), second + 1);
    sent_calls_deinit(&calls);
}

static void an_id_whose_place_is_taken_is_passed_over(void **state)
{
    (void)state;
    struct sent_calls calls;
    sent_calls_init(&calls, 100);
    uint32_t waiting = add(&calls, 1);
    uint32_t capacity = calls.capacity;
    uint32_t id = waiting;
    for (uint32_t i = 0; i < 3 * capacity; i++) {
        uint32_t next = add(&calls, 2);
        assert_true(next - id == 1 || (next - id == 2 && (next - 1 - waiting) % capacity == 0));
        assert_null(sent_calls_find(&calls, next + capacity));
        id = next;
        sent_calls_remove(&calls, sent_calls_find(&calls, id));
    }
    assert_int_equal(calls.capacity, capacity);
    assert_int_equal(sent_calls_find(&calls, waiting)->context, 1);
    sent_calls_deinit(&calls);
}

static void ids_wrap(void **state)
{
    (void)state;
    struct sent_calls calls;
    sent_calls_init(&calls, 100);
    calls.last_id = UINT32_MAX - 2;
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(add(&calls, i), UINT32_MAX - 1 + i);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(sent_calls_find(&calls, UINT32_MAX - 1 + i)->context, i);
    sent_calls_deinit(&calls);
}

static void as_many_wait_as_the_limit_allows(void **state)
{
    (void)state;
    struct sent_calls calls;
    sent_calls_init(&calls, 5000);
    sent_calls_limit(&calls, 1000);
    uint32_t ids[1000];
    for (uint32_t i = 0; i < 1000; i++)
        ids[i] = add(&calls, i);
    uint32_t id;
    assert_int_equal(sent_calls_add(&calls, 0, &id), VIA_BUSY);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(sent_calls_find(&calls, ids[i])->context, i);
    sent_calls_remove(&calls, sent_calls_find(&calls, ids[500]));
    assert_int_equal(sent_calls_add(&calls, 0, &id), VIA_OK);
    sent_calls_deinit(&calls);
}

static void all_that_wait_are_visited(void **state)
{
    (void)state;
    struct sent_calls calls;
    sent_calls_init(&calls, 100);
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= 40; i++)
        (void)add(&calls, i);
    sent_calls_remove(&calls, sent_calls_find(&calls, 7));
    uint32_t cursor = 0;
    struct sent_call *call;
    while ((call = sent_calls_next(&calls, &cursor)) != NULL) {
        sum += call->context;
        sent_calls_remove(&calls, call);
    }
    assert_int_equal(sum, 40 * 41 / 2 - 7);
    assert_int_equal(calls.n_waiting, 0);
    sent_calls_deinit(&calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_count_upward),
        cmocka_unit_test(an_id_whose_place_is_taken_is_passed_over),
        cmocka_unit_test(ids_wrap),
        cmocka_unit_test(as_many_wait_as_the_limit_allows),
        cmocka_unit_test(all_that_wait_are_visited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
