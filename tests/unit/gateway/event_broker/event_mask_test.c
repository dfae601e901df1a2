/*
 * What masks have in common, and which events tell of keys.
 */
#include <cmocka.h>

#include "gateway/event_broker/event_mask.h"

static void masks_meet_by_kind(void **state)
{
    (void)state;
    struct event_mask mask = {{0}}, other = {{0}};
    portfolio_mask_set(mask.words, 3);
    portfolio_mask_set(mask.words, 69);
    portfolio_mask_set(other.words, 69);
    assert_false(event_mask_meet_user(&mask, &other));
    assert_true(event_mask_meet_other(&mask, &other));
    portfolio_mask_set(other.words, 3);
    assert_true(event_mask_meet_user(&mask, &other));
    portfolio_mask_clear(mask.words, 69);
    assert_false(event_mask_meet_other(&mask, &other));
    event_mask_unite(&mask, &other);
    assert_true(portfolio_mask_has(mask.words, 69));
}

static void each_event_meets_itself_as_what_it_is(void **state)
{
    (void)state;
    for (unsigned event = 1; event < PORTFOLIO_EVENTS; event++) {
        struct event_mask mask = {{0}};
        portfolio_mask_set(mask.words, (uint8_t)event);
        assert_int_equal(event_mask_meet_user(&mask, &mask),
                         portfolio_event_is_users((uint8_t)event));
        assert_int_equal(event_mask_meet_other(&mask, &mask),
                         !portfolio_event_is_users((uint8_t)event));
    }
}

static void keys_are_those_of_keyboards_characters_and_infrared(void **state)
{
    (void)state;
    for (unsigned event = 1; event < PORTFOLIO_EVENTS; event++)
        assert_int_equal(event_is_key((uint8_t)event),
                         (event >= 14 && event <= 18) || event == 31 || event == 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_meet_by_kind),
        cmocka_unit_test(each_event_meets_itself_as_what_it_is),
        cmocka_unit_test(keys_are_those_of_keyboards_characters_and_infrared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
