/*
 * Classes of pods and their types, by number and by name.
 */
#include <cmocka.h>
#include <stdbool.h>

#include "codecs/portfolio_classes.h"
#include "include/portfolio/event.h"

static void classes_are_found_by_number_and_name(void **state)
{
    (void)state;
    uint32_t number = 99;
    assert_true(portfolio_class_named("AudioCtlr", 9, &number));
    assert_int_equal(number, GENERIC_AudioCtlr);
    assert_int_equal(portfolio_class_flag(number), POD_IsAudioCtlr);
    assert_int_equal(portfolio_class_flag(GENERIC_IRController), POD_IsIRController);
    assert_null(portfolio_class_of(GENERIC_AudioCtlr)->data);
    assert_int_equal(portfolio_class_of(GENERIC_Stick)->data->size, 16);
    assert_null(portfolio_class_of(9));
    assert_false(portfolio_class_named("Audio", 5, &number));
    const struct portfolio_class *stick = portfolio_class_of(GENERIC_Stick);
    uint32_t bits = 0;
    for (size_t i = 0; i < stick->n_buttons; i++)
        bits |= stick->buttons[i].bit;
    assert_int_equal(bits, StickButtons);
}

static void types_of_pods_are_found_by_number_and_name(void **state)
{
    (void)state;
    const struct portfolio_pod_type *type = portfolio_pod_type_named("BASIC_CONTROL_PAD", 17);
    assert_non_null(type);
    assert_int_equal(type->type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(type->flags, 0x88000000);
    assert_int_equal(type->bits_in, 16);
    assert_string_equal(portfolio_pod_type_of(PODID_3DO_3D_GLASSES)->name, "3D_GLASSES");
    assert_null(portfolio_pod_type_of(0x100));
    assert_null(portfolio_pod_type_named("BASIC", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_found_by_number_and_name),
        cmocka_unit_test(types_of_pods_are_found_by_number_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
