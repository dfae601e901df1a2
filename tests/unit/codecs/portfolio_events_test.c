/*
 * Which bit stands for which event, and what events are called. The header's own bits are what
 * counts.
 */
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "codecs/portfolio_events.h"
#include "include/portfolio/event.h"

static const struct {
    uint8_t number;
    uint8_t word;
    uint32_t bit;
    const char *name;
} named[] = {
#define FIRST(event)                                                                               \
    {                                                                                              \
        EVENTNUM_##event, 0, EVENTBIT0_##event, #event                                             \
    }
#define THIRD(event)                                                                               \
    {                                                                                              \
        EVENTNUM_##event, 2, EVENTBIT2_##event, #event                                             \
    }
    FIRST(ControlButtonPressed),
    FIRST(ControlButtonReleased),
    FIRST(ControlButtonUpdate),
    FIRST(ControlButtonArrived),
    FIRST(MouseButtonPressed),
    FIRST(MouseButtonReleased),
    FIRST(MouseUpdate),
    FIRST(MouseMoved),
    FIRST(MouseDataArrived),
    FIRST(GunButtonPressed),
    FIRST(GunButtonReleased),
    FIRST(GunUpdate),
    FIRST(GunDataArrived),
    FIRST(KeyboardKeyPressed),
    FIRST(KeyboardKeyReleased),
    FIRST(KeyboardUpdate),
    FIRST(KeyboardDataArrived),
    FIRST(CharacterEntered),
    FIRST(GivingFocus),
    FIRST(LosingFocus),
    FIRST(LightGunButtonPressed),
    FIRST(LightGunButtonReleased),
    FIRST(LightGunUpdate),
    FIRST(LightGunFireTracking),
    FIRST(LightGunDataArrived),
    FIRST(StickButtonPressed),
    FIRST(StickButtonReleased),
    FIRST(StickUpdate),
    FIRST(StickMoved),
    FIRST(StickDataArrived),
    FIRST(IRKeyPressed),
    FIRST(IRKeyReleased),
    THIRD(DeviceOnline),
    THIRD(DeviceOffline),
    THIRD(FilesystemMounted),
    THIRD(FilesystemOffline),
    THIRD(FilesystemDismounted),
    THIRD(ControlPortChange),
    THIRD(PleaseSaveAndExit),
    THIRD(PleaseExitImmediately),
    THIRD(EventQueueOverflow),
};

static void bits_are_those_of_the_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        uint32_t mask[8] = {0}, expected[8] = {0};
        expected[named[i].word] = named[i].bit;
        portfolio_mask_set(mask, named[i].number);
        assert_memory_equal(mask, expected, sizeof mask);
        assert_true(portfolio_mask_has(mask, named[i].number));
        portfolio_mask_clear(mask, named[i].number);
        assert_false(portfolio_mask_has(mask, named[i].number));
        assert_string_equal(portfolio_event_of(named[i].number)->name, named[i].name);
        assert_int_equal(portfolio_event_named(named[i].name, strlen(named[i].name)),
                         named[i].number);
    }
}

static void every_number_has_a_bit_of_its_own(void **state)
{
    (void)state;
    uint32_t mask[8] = {0};
    unsigned n = 0;
    for (unsigned number = 1; number < PORTFOLIO_EVENTS; number++) {
        assert_false(portfolio_mask_has(mask, (uint8_t)number));
        portfolio_mask_set(mask, (uint8_t)number);
    }
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(mask[i], i == 1 ? 0xfffffffe : 0xffffffff);
    for (uint32_t index = 0; index < 300; index++) {
        uint32_t one[8] = {0};
        uint8_t number = portfolio_mask_number(index);
        portfolio_mask_set(one, number);
        if (number == 0)
            continue;
        n++;
        assert_int_equal(one[index / 32], 0x80000000u >> index % 32);
    }
    assert_int_equal(n, 255);
    assert_int_equal(portfolio_mask_number(63), 0);
}

static void number_0_is_no_event(void **state)
{
    (void)state;
    uint32_t mask[8], all[8];
    memset(mask, 0xff, sizeof mask);
    memset(all, 0xff, sizeof all);
    assert_false(portfolio_mask_has(mask, 0));
    portfolio_mask_clear(mask, 0);
    assert_memory_equal(mask, all, sizeof all);
    memset(mask, 0, sizeof mask);
    portfolio_mask_set(mask, 0);
    memset(all, 0, sizeof all);
    assert_memory_equal(mask, all, sizeof all);
    assert_false(portfolio_event_is_users(0));
    assert_null(portfolio_event_of(0));
}

static void what_users_do_are_words_0_1_4_and_5(void **state)
{
    (void)state;
    for (unsigned number = 1; number < PORTFOLIO_EVENTS; number++) {
        bool is_users = number < 64 || (number >= 128 && number < 192);
        assert_int_equal(portfolio_event_is_users((uint8_t)number), is_users);
    }
}

static void events_have_the_data_of_their_class(void **state)
{
    (void)state;
    assert_ptr_equal(portfolio_event_of(EVENTNUM_ControlButtonArrived)->data,
                     &portfolio_control_pad_data);
    assert_int_equal(portfolio_event_of(EVENTNUM_StickMoved)->class, GENERIC_Stick);
    assert_ptr_equal(portfolio_event_of(EVENTNUM_CharacterEntered)->data,
                     &portfolio_character_data);
    assert_int_equal(portfolio_event_of(EVENTNUM_CharacterEntered)->class, GENERIC_Keyboard);
    assert_ptr_equal(portfolio_event_of(EVENTNUM_LightGunUpdate)->data, &portfolio_light_gun_data);
    assert_ptr_equal(portfolio_event_of(EVENTNUM_GunUpdate)->data, &portfolio_gun_data);
    assert_int_equal(portfolio_event_of(EVENTNUM_FilesystemMounted)->data->size, 36);
    assert_int_equal(portfolio_event_of(EVENTNUM_DeviceOffline)->class, -1);
    assert_null(portfolio_event_of(EVENTNUM_ControlPortChange)->data);
    assert_null(portfolio_event_of(33));
    assert_null(portfolio_event_of(200));
    assert_null(portfolio_event_of(UINT32_MAX));
    assert_int_equal(portfolio_event_named("", 0), 0);
    assert_int_equal(portfolio_event_named("controlbuttonupdate", 19), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_those_of_the_header),
        cmocka_unit_test(every_number_has_a_bit_of_its_own),
        cmocka_unit_test(number_0_is_no_event),
        cmocka_unit_test(what_users_do_are_words_0_1_4_and_5),
        cmocka_unit_test(events_have_the_data_of_their_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
