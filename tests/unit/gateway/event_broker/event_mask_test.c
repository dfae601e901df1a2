/*
 * Which bit of a mask is which event's.
 */
#include <cmocka.h>

#include "gateway/event_broker/event_mask.h"
#include "include/portfolio/event.h"

#define IN_WORD(word, name)                                                                        \
    {                                                                                              \
        EVENTNUM_##name, word, EVENTBIT##word##_##name                                             \
    }

static void named_bits_are_where_the_header_has_them(void **state)
{
    (void)state;
    static const struct {
        uint8_t event;
        unsigned word;
        uint32_t bit;
    } named[] = {
        IN_WORD(0, ControlButtonPressed),
        IN_WORD(0, ControlButtonReleased),
        IN_WORD(0, ControlButtonUpdate),
        IN_WORD(0, ControlButtonArrived),
        IN_WORD(0, MouseButtonPressed),
        IN_WORD(0, MouseButtonReleased),
        IN_WORD(0, MouseUpdate),
        IN_WORD(0, MouseMoved),
        IN_WORD(0, MouseDataArrived),
        IN_WORD(0, GunButtonPressed),
        IN_WORD(0, GunButtonReleased),
        IN_WORD(0, GunUpdate),
        IN_WORD(0, GunDataArrived),
        IN_WORD(0, KeyboardKeyPressed),
        IN_WORD(0, KeyboardKeyReleased),
        IN_WORD(0, KeyboardUpdate),
        IN_WORD(0, KeyboardDataArrived),
        IN_WORD(0, CharacterEntered),
        IN_WORD(0, GivingFocus),
        IN_WORD(0, LosingFocus),
        IN_WORD(0, LightGunButtonPressed),
        IN_WORD(0, LightGunButtonReleased),
        IN_WORD(0, LightGunUpdate),
        IN_WORD(0, LightGunFireTracking),
        IN_WORD(0, LightGunDataArrived),
        IN_WORD(0, StickButtonPressed),
        IN_WORD(0, StickButtonReleased),
        IN_WORD(0, StickUpdate),
        IN_WORD(0, StickMoved),
        IN_WORD(0, StickDataArrived),
        IN_WORD(0, IRKeyPressed),
        IN_WORD(0, IRKeyReleased),
        IN_WORD(2, DeviceOnline),
        IN_WORD(2, DeviceOffline),
        IN_WORD(2, FilesystemMounted),
        IN_WORD(2, FilesystemOffline),
        IN_WORD(2, FilesystemDismounted),
        IN_WORD(2, ControlPortChange),
        IN_WORD(2, PleaseSaveAndExit),
        IN_WORD(2, PleaseExitImmediately),
        IN_WORD(2, EventQueueOverflow),
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct event_mask mask = {{0}};
        event_mask_add(&mask, named[i].event);
        for (unsigned word = 0; word < EVENT_MASK_WORDS; word++)
            assert_int_equal(mask.words[word], word == named[i].word ? named[i].bit : 0);
    }
}

static void no_two_events_share_a_bit(void **state)
{
    (void)state;
    struct event_mask mask = {{0}};
    for (unsigned event = 1; event <= 255; event++) {
        assert_false(event_mask_has(&mask, (uint8_t)event));
        event_mask_add(&mask, (uint8_t)event);
        assert_true(event_mask_has(&mask, (uint8_t)event));
    }
    assert_int_equal(mask.words[1], 0xfffffffe); /* the one bit that nobody has */
    for (unsigned word = 0; word < EVENT_MASK_WORDS; word++)
        if (word != 1)
            assert_int_equal(mask.words[word], 0xffffffff);
    for (unsigned event = 1; event <= 255; event++)
        event_mask_remove(&mask, (uint8_t)event);
    for (unsigned word = 0; word < EVENT_MASK_WORDS; word++)
        assert_int_equal(mask.words[word], 0);
}

static void users_events_are_those_of_four_words(void **state)
{
    (void)state;
    for (unsigned event = 1; event <= 255; event++)
        assert_int_equal(event_is_user((uint8_t)event),
                         event < 64 || (event >= 128 && event < 192));
}

static void masks_meet_by_kind(void **state)
{
    (void)state;
    struct event_mask mask = {{0}}, other = {{0}};
    event_mask_add(&mask, 3);
    event_mask_add(&mask, 69);
    event_mask_add(&other, 69);
    assert_false(event_mask_meet_user(&mask, &other));
    assert_true(event_mask_meet_other(&mask, &other));
    event_mask_add(&other, 3);
    assert_true(event_mask_meet_user(&mask, &other));
    event_mask_remove(&mask, 69);
    assert_false(event_mask_meet_other(&mask, &other));
    event_mask_unite(&mask, &other);
    assert_true(event_mask_has(&mask, 69));
}

static void keys_are_those_of_keyboards_characters_and_infrared(void **state)
{
    (void)state;
    for (unsigned event = 1; event <= 255; event++)
        assert_int_equal(event_is_key((uint8_t)event),
                         (event >= 14 && event <= 18) || event == 31 || event == 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_bits_are_where_the_header_has_them),
        cmocka_unit_test(no_two_events_share_a_bit),
        cmocka_unit_test(users_events_are_those_of_four_words),
        cmocka_unit_test(masks_meet_by_kind),
        cmocka_unit_test(keys_are_those_of_keyboards_characters_and_infrared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
