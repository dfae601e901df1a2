/*
 * The numbers under which a JSON session holds objects.
 */
#include <cmocka.h>

#include "gateway/json_refs.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner, *reader;
static struct json_refs refs;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    reader = fake_session_create(&gateway);
    json_refs_init(&refs, &reader->session, 20);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    json_refs_deinit(&refs);
    fake_session_end(reader, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static void a_message_that_shows_it_is_one_count(void **state)
{
    (void)state;
    struct gateway_object *object = fake_object(owner, 1);
    uint32_t number, again;
    assert_int_equal(json_refs_show(&refs, object, 1, &number), VIA_OK);
    assert_int_equal(json_refs_show(&refs, object, 1, &again), VIA_OK); /* twice in one */
    assert_int_equal(again, number);
    assert_int_equal(json_refs_show(&refs, object, 2, &again), VIA_OK);
    assert_int_equal(again, number);
    objects_unref(object);
    assert_ptr_equal(json_refs_get(&refs, number), object);
    assert_int_equal(json_refs_release(&refs, number, 1), VIA_OK);
    assert_ptr_equal(json_refs_get(&refs, number), object);
    assert_int_equal(json_refs_release(&refs, number, 1), VIA_OK);
    assert_null(json_refs_get(&refs, number));
    assert_string_equal(fake_kinds(owner), "G");
    assert_int_equal(json_refs_release(&refs, number, 1), VIA_NOT_FOUND);
}

static void a_number_given_back_means_nothing_soon(void **state)
{
    (void)state;
    struct gateway_object *object = fake_object(owner, 1);
    uint32_t first = 0, number = 0;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(json_refs_show(&refs, object, i + 1, &number), VIA_OK);
        if (i == 0)
            first = number;
        else
            assert_int_not_equal(number, first);
        assert_int_equal(json_refs_release(&refs, number, UINT32_MAX), VIA_OK);
    }
    static const uint32_t odd[] = {0, 1, 5000, UINT32_MAX, 1u << 20};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_null(json_refs_get(&refs, odd[i]));
    objects_unref(object);
}

static void they_are_limited_and_all_given_back_in_the_end(void **state)
{
    (void)state;
    uint32_t number;
    for (uint32_t i = 1; i <= 21; i++) {
        struct gateway_object *object = fake_object(owner, i);
        assert_int_equal(json_refs_show(&refs, object, i, &number), i <= 20 ? VIA_OK : VIA_BUSY);
        objects_unref(object);
    }
    assert_string_equal(fake_kinds(owner), "G"); /* the one there was no room for */
    json_refs_deinit(&refs);
    assert_int_equal(owner->n_notes, 20);
    owner->n_notes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_that_shows_it_is_one_count, init, deinit),
        cmocka_unit_test_setup_teardown(a_number_given_back_means_nothing_soon, init, deinit),
        cmocka_unit_test_setup_teardown(they_are_limited_and_all_given_back_in_the_end, init,
                                        deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
