/*
 * Received calls: ids that the sender chooses, and what of that is refused.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/received_calls.h"

static void a_call_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct received_calls calls;
    received_calls_init(&calls, 100, 1);
    assert_null(received_calls_find(&calls, 7));
    assert_int_equal(received_calls_add(&calls, 7, 0), VIA_OK);
    struct received_call *call = received_calls_find(&calls, 7);
    assert_int_equal(call->context, 0);
    assert_false(call->cancelled);
    received_calls_remove(&calls, call);
    assert_null(received_calls_find(&calls, 7));
    assert_int_equal(calls.n_calls, 0);
    received_calls_deinit(&calls);
}

static void an_id_in_flight_is_refused(void **state)
{
    (void)state;
    struct received_calls calls;
    received_calls_init(&calls, 100, 1);
    assert_int_equal(received_calls_add(&calls, 0xfffffff0, 3), VIA_OK);
    assert_int_equal(received_calls_add(&calls, 5, 4), VIA_OK);
    assert_int_equal(received_calls_add(&calls, 0xfffffff0, 4), VIA_BAD_KIND);
    assert_int_equal(received_calls_find(&calls, 0xfffffff0)->object, 3);
    assert_int_equal(received_calls_add(&calls, 0xffffffef, 0), VIA_OK); /* it had to wait */
    received_calls_remove(&calls, received_calls_find(&calls, 5));
    assert_int_equal(received_calls_add(&calls, 5, 0), VIA_OK);
    assert_int_equal(received_calls_add(&calls, 5, 0), VIA_BAD_KIND);
    received_calls_deinit(&calls);
}

static void over_the_limit_is_busy(void **state)
{
    (void)state;
    struct received_calls calls;
    received_calls_init(&calls, 2, 1);
    assert_int_equal(received_calls_add(&calls, 1, 0), VIA_OK);
    assert_int_equal(received_calls_add(&calls, 2, 0), VIA_OK);
    assert_int_equal(received_calls_add(&calls, 3, 0), VIA_BUSY);
    assert_null(received_calls_find(&calls, 3));
    received_calls_remove(&calls, received_calls_find(&calls, 1));
    assert_int_equal(received_calls_add(&calls, 3, 0), VIA_OK);
    received_calls_deinit(&calls);
}

/* Removing moves others about; none may get lost or found twice. */
static void holds_its_own_against_a_plain_list(uint64_t seed)
{
    struct received_calls calls;
    received_calls_init(&calls, 30000, seed);
    static bool in_flight[30000];
    memset(in_flight, 0, sizeof in_flight);
    uint64_t random = seed;
    uint32_t next = 0;
    uint32_t n = 0;
    while (next < 20000) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t id = (uint32_t)(random >> 33) % (next + 1);
        struct received_call *call = received_calls_find(&calls, id);
        assert_int_equal(call != NULL, in_flight[id]);
        if (call != NULL) {
            assert_int_equal(call->id, id);
            assert_int_equal(call->context, (uint64_t)id * 3);
            received_calls_remove(&calls, call);
            in_flight[id] = false;
            n--;
        }
        next += 1 + (uint32_t)(random >> 60) % 3;
        assert_int_equal(received_calls_add(&calls, next, 0), VIA_OK);
        received_calls_find(&calls, next)->context = (uint64_t)next * 3;
        in_flight[next] = true;
        n++;
        assert_int_equal(calls.n_calls, n);
    }
    for (uint32_t id = 0; id <= next; id++)
        assert_int_equal(received_calls_find(&calls, id) != NULL, in_flight[id]);
    received_calls_deinit(&calls);
}

static void none_is_lost_whatever_comes_and_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        holds_its_own_against_a_plain_list(seed);
}

/* Also where ids share a place, and the next ones are at the table's start. */
static void what_is_loaded_is_saved_as_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 2000; seed++) {
        struct received_calls calls, loaded;
        struct state first, in, again;
        received_calls_init(&calls, 100, seed);
        received_calls_init(&loaded, 100, 0);
        for (uint32_t id = 1; id <= 3; id++)
            assert_int_equal(received_calls_add(&calls, 5 * id, id), VIA_OK);
        state_save(&first);
        received_calls_state(&calls, &first);
        state_load(&in, first.out.data, first.out.size, NULL, 0);
        received_calls_state(&loaded, &in);
        assert_true(state_is_at_end(&in));
        state_save(&again);
        received_calls_state(&loaded, &again);
        assert_int_equal(again.out.size, first.out.size);
        assert_memory_equal(again.out.data, first.out.data, first.out.size);
        state_deinit(&again);
        state_deinit(&in);
        state_deinit(&first);
        received_calls_deinit(&loaded);
        received_calls_deinit(&calls);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_found_until_it_is_removed),
        cmocka_unit_test(an_id_in_flight_is_refused),
        cmocka_unit_test(over_the_limit_is_busy),
        cmocka_unit_test(none_is_lost_whatever_comes_and_goes),
        cmocka_unit_test(what_is_loaded_is_saved_as_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
