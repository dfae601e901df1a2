/*
 * Texts are written once for all; what they are kept by must tell events apart.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/parcel.h"
#include "codecs/payload.h"
#include "gateway/json_texts.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner;
static struct gateway_object *objects[2];
static struct json_texts texts;
static struct via_parcel *parcel;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    for (uint32_t i = 0; i < 2; i++) {
        objects[i] = fake_object(owner, i + 1);
        fake_emit(objects[i], 1, "x"); /* now it has an epoch */
    }
    json_texts_init(&texts);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    json_texts_deinit(&texts);
    parcel = via_parcel_unref(parcel);
    for (uint32_t i = 0; i < 2; i++)
        objects_unref(objects[i]);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

/* Event @number with @value as its payload. */
static struct frame event(uint64_t number, int32_t value)
{
    struct payload payload;
    (void)via_parcel_unref(parcel);
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, value), VIA_OK);
    parcel_payload(parcel, &payload);
    return (struct frame){.id = (uint32_t)number,
                          .time = (uint32_t)(number >> 32),
                          .body = payload.octets,
                          .body_size = (uint32_t)payload.size,
                          .tape = payload.tape,
                          .tape_size = (uint32_t)payload.tape_size};
}

static void assert_text(uint32_t of, uint64_t number, int32_t value, const char *expected)
{
    const struct frame frame = event(number, value);
    struct json_span span = json_texts_get(&texts, objects[of], &frame);
    assert_non_null(span.text);
    assert_int_equal(span.size, strlen(expected));
    assert_memory_equal(span.text, expected, span.size);
}

static void an_event_is_written_once(void **state)
{
    (void)state;
    assert_text(0, 1, 5, "[5]");
    assert_text(0, 1, 6, "[5]"); /* as it was: no event changes */
    assert_text(0, 2, 6, "[6]");
    assert_text(0, 1, 7, "[5]");
}

static void events_are_told_apart_by_object_and_number(void **state)
{
    (void)state;
    const uint64_t far = (UINT64_C(1) << 32) + 1;
    assert_text(0, 1, 5, "[5]");
    assert_text(1, 1, 6, "[6]");
    assert_text(0, 1, 7, "[7]"); /* there is one place for both */
    assert_text(0, 1 + EVENT_RUN_MAX, 8, "[8]");
    assert_text(0, far, 9, "[9]");
    assert_text(0, 1, 10, "[10]");
}

static void what_differs_for_each_is_not_kept(void **state)
{
    (void)state;
    static uint8_t large[JSON_TEXTS_BODY_MAX + 1];
    struct frame frame = event(1, 5);
    frame.n_refs = 1;
    assert_null(json_texts_get(&texts, objects[0], &frame).text);
    frame = event(1, 5);
    frame.n_fds = 1;
    assert_null(json_texts_get(&texts, objects[0], &frame).text);
    frame = event(0, 5); /* for one client alone */
    assert_null(json_texts_get(&texts, objects[0], &frame).text);
    frame = (struct frame){.id = 1, .body = large, .body_size = sizeof large};
    assert_null(json_texts_get(&texts, objects[0], &frame).text);
    assert_text(0, 1, 5, "[5]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_written_once, init, deinit),
        cmocka_unit_test_setup_teardown(events_are_told_apart_by_object_and_number, init, deinit),
        cmocka_unit_test_setup_teardown(what_differs_for_each_is_not_kept, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
