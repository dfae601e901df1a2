/* The fake gateway keeps 4 events an object, 3 event ids, and 1,000 octets. */
#include <cmocka.h>
#include <string.h>

#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner, *reader;
static struct gateway_object *object, *sink;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    reader = fake_session_create(&gateway);
    object = fake_object(owner, 1);
    sink = fake_object(reader, 1);
    assert_int_equal(objects_reserve_hold(object), VIA_OK);
    objects_hold(object, &reader->session);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    objects_let_go(object, &reader->session);
    objects_unref(object);
    objects_unref(sink);
    fake_session_end(reader, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static const struct event_filter all_oldest = {.policy = EVENT_POLICY_OLDEST};
static const struct events_wish now = {.from = EVENTS_NOW, .filter = &all_oldest};

static struct subscription *subscribe(enum events_from from, uint64_t epoch, uint64_t number,
                                      struct events_start *startp)
{
    struct subscription *subscription;
    struct events_start start;
    const struct events_wish wish = {
        .from = from, .epoch = epoch, .number = number, .filter = &all_oldest};
    assert_int_equal(events_subscribe(&reader->session, object, sink, &wish, &start, &subscription),
                     VIA_OK);
    if (startp != NULL)
        *startp = start;
    events_begin(subscription);
    return subscription;
}

/* The numbers of the events that came, such as "2 3 +2:6" (two lost before 6). */
static const char *numbers(void)
{
    static char text[512];
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < reader->n_notes; i++) {
        const struct fake_note *note = &reader->notes[i];
        assert_int_equal(note->kind, 'E');
        if (note->lost > 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "+%u:", (unsigned)note->lost);
        at += (size_t)snprintf(text + at, sizeof text - at, "%u ", (unsigned)note->number);
    }
    if (at > 0)
        text[at - 1] = '\0';
    reader->n_notes = 0;
    return text;
}

static void emit(unsigned n)
{
    while (n-- > 0)
        fake_emit(object, 1, "x");
}

static void events_are_numbered_and_passed_on(void **state)
{
    (void)state;
    struct events_start start;
    emit(2);
    (void)subscribe(EVENTS_NOW, 0, 0, &start);
    assert_int_equal(start.number, 2);
    assert_true(start.recovered);
    assert_true(start.epoch != 0);
    assert_int_equal(start.epoch, events_epoch(object));
    assert_string_equal(numbers(), "");
    fake_emit(object, 77, "body");
    assert_int_equal(reader->notes[0].code, 77);
    assert_ptr_equal(reader->notes[0].object, sink);
    assert_string_equal(reader->notes[0].body, "body");
    assert_string_equal(numbers(), "3");
}

static void nothing_comes_before_the_subscription_begins(void **state)
{
    (void)state;
    struct subscription *subscription;
    struct events_start start;
    assert_int_equal(events_subscribe(&reader->session, object, sink, &now, &start, &subscription),
                     VIA_OK);
    emit(1);
    assert_string_equal(numbers(), "");
    events_begin(subscription);
    assert_string_equal(numbers(), "1");
}

static void the_latest_of_each_id_comes_first_in_order(void **state)
{
    (void)state;
    fake_emit(object, 1, "a"); /* 1 */
    fake_emit(object, 2, "b"); /* 2 */
    fake_emit(object, 1, "c"); /* 3 */
    fake_emit(object, 3, "d"); /* 4 */
    (void)subscribe(EVENTS_LATEST, 0, 0, NULL);
    assert_string_equal(reader->notes[0].body, "b");
    assert_string_equal(numbers(), "2 3 4");
    emit(1);
    assert_string_equal(numbers(), "5");
}

static void only_so_many_ids_have_a_latest(void **state)
{
    (void)state;
    for (uint32_t id = 1; id <= 5; id++)
        fake_emit(object, id, "x");
    (void)subscribe(EVENTS_LATEST, 0, 0, NULL);
    assert_string_equal(numbers(), "3 4 5");
}

static void since_takes_up_where_one_was_and_tells_a_gap(void **state)
{
    (void)state;
    struct events_start start;
    emit(6);
    uint64_t epoch = events_epoch(object);
    (void)subscribe(EVENTS_SINCE, epoch, 4, &start);
    assert_true(start.recovered);
    assert_string_equal(numbers(), "5 6");
    (void)subscribe(EVENTS_SINCE, epoch, 2, &start); /* 3 is the oldest that is kept */
    assert_true(start.recovered);
    assert_string_equal(numbers(), "3 4 5 6");
    (void)subscribe(EVENTS_SINCE, epoch, 1, &start);
    assert_false(start.recovered);
    assert_string_equal(numbers(), "+1:3 4 5 6");
    (void)subscribe(EVENTS_SINCE, epoch + 2, 5, &start); /* another epoch */
    assert_false(start.recovered);
    assert_string_equal(numbers(), "+2:3 4 5 6");
    (void)subscribe(EVENTS_SINCE, epoch, 1000, &start); /* a number that never was */
    assert_false(start.recovered);
    assert_string_equal(numbers(), "+2:3 4 5 6");
}

static void who_is_full_goes_on_from_what_is_kept(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    reader->refuses = VIA_BUSY;
    emit(3);
    assert_true(events_is_behind(object, &reader->session));
    reader->refuses = VIA_OK;
    emit(1); /* not yet: order */
    assert_string_equal(numbers(), "");
    events_session_drained(&reader->session);
    assert_false(events_is_behind(object, &reader->session));
    assert_string_equal(numbers(), "1 2 3 4");
    reader->refuses = VIA_BUSY;
    emit(7);
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_string_equal(numbers(), "+3:8 9 10 11");
    emit(1);
    assert_string_equal(numbers(), "12");
}

static void who_is_full_while_given_the_latest_gets_the_rest_later(void **state)
{
    (void)state;
    fake_emit(object, 1, "a");
    fake_emit(object, 2, "b");
    reader->refuses = VIA_BUSY;
    (void)subscribe(EVENTS_LATEST, 0, 0, NULL);
    fake_emit(object, 1, "c");
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_string_equal(numbers(), "2 3"); /* 1 has been replaced by 3 */
}

static void what_cannot_be_sent_at_all_is_a_gap(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    reader->refuses = VIA_TOO_LARGE;
    emit(2);
    reader->refuses = VIA_OK;
    emit(1);
    assert_string_equal(numbers(), "+2:3");
}

static void kept_octets_are_limited(void **state)
{
    (void)state;
    char large[401];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    for (unsigned i = 0; i < 4; i++)
        fake_emit(object, 1, large);
    (void)subscribe(EVENTS_SINCE, events_epoch(object), 0, NULL);
    assert_string_equal(numbers(), "+2:3 4");
}

static void a_death_waits_for_the_events_before_it(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    reader->refuses = VIA_BUSY;
    emit(2);
    objects_died(object, VIA_CRASHED);
    assert_int_equal(reader->n_notes, 0);
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_int_equal(reader->notes[2].code, VIA_CRASHED);
    assert_string_equal(fake_kinds(reader), "EED");
    events_session_drained(&reader->session);
    assert_string_equal(fake_kinds(reader), "");
    struct subscription *subscription;
    struct events_start start;
    assert_int_equal(events_subscribe(&reader->session, object, sink, &now, &start, &subscription),
                     VIA_DEAD);
}

static void a_subscription_ends_with_its_sink(void **state)
{
    (void)state;
    uint32_t id = subscribe(EVENTS_NOW, 0, 0, NULL)->id;
    assert_non_null(events_find(&reader->session, id));
    assert_null(events_find(&owner->session, id)); /* it is not theirs */
    objects_died(sink, VIA_WITHDRAWN);
    assert_null(events_find(&reader->session, id));
    emit(1);
    assert_string_equal(numbers(), "");
}

static void kept_events_hold_what_they_refer_to_but_not_themselves(void **state)
{
    (void)state;
    struct gateway_object *other = fake_object(owner, 2);
    struct gateway_object *objects[3] = {other, object, NULL};
    uint8_t refs[3 * FRAME_REF_SIZE] = {0};
    const struct frame frame = {
        .kind = FRAME_EVENT, .code = 1, .refs = refs, .n_refs = 3, .body = refs, .body_size = 12};
    const struct message message = {.frame = &frame, .objects = objects};
    uint32_t own = object->counts;
    events_publish(object, &message);
    assert_int_equal(object->counts, own);
    objects_unref(other);
    assert_string_equal(fake_kinds(owner), "");
    (void)subscribe(EVENTS_LATEST, 0, 0, NULL);
    assert_int_equal(reader->notes[0].n_refs, 3);
    reader->n_notes = 0;
    emit(4); /* out of the ring, and replaced as the latest */
    assert_string_equal(fake_kinds(owner), "G");
    reader->n_notes = 0;
}

static void subscriptions_are_limited_and_their_ids_not_used_again_soon(void **state)
{
    (void)state;
    struct subscription *subscription = NULL;
    struct events_start start;
    uint32_t last = 0;
    for (unsigned i = 0; i < 100; i++)
        last = subscribe(EVENTS_NOW, 0, 0, NULL)->id;
    assert_int_equal(events_subscribe(&reader->session, object, sink, &now, &start, &subscription),
                     VIA_BUSY);
    events_unsubscribe(events_find(&reader->session, last));
    for (unsigned i = 0; i < 1000; i++) {
        subscription = subscribe(EVENTS_NOW, 0, 0, NULL);
        assert_int_not_equal(subscription->id, last);
        events_unsubscribe(subscription);
    }
}

/* ---- filters and policies ---- */

static struct subscription *subscribe_to(const struct event_filter *filter)
{
    struct subscription *subscription;
    struct events_start start;
    const struct events_wish wish = {.from = EVENTS_LATEST, .filter = filter};
    assert_int_equal(events_subscribe(&reader->session, object, sink, &wish, &start, &subscription),
                     VIA_OK);
    events_begin(subscription);
    return subscription;
}

static void what_a_filter_leaves_out_is_no_gap(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .n_ids = 2, .ids = {2, 7}};
    fake_emit(object, 1, "a");
    fake_emit(object, 2, "b");
    (void)subscribe_to(&filter);
    fake_emit(object, 1, "c");
    fake_emit(object, 7, "d");
    fake_emit(object, 3, "e");
    fake_emit(object, 2, "f");
    assert_string_equal(numbers(), "2 4 6");
}

static void a_filter_holds_also_for_what_is_kept(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .n_ids = 1, .ids = {2}};
    (void)subscribe_to(&filter);
    reader->refuses = VIA_BUSY;
    fake_emit(object, 2, "a");
    fake_emit(object, 1, "b");
    fake_emit(object, 2, "c");
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_string_equal(numbers(), "1 3");
}

static void who_wants_the_newest_gets_only_those_after_a_jam(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_NEWEST};
    (void)subscribe_to(&filter);
    reader->refuses = VIA_BUSY;
    for (unsigned i = 0; i < 10; i++)
        fake_emit(object, 1 + i % 2, "x");
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_string_equal(numbers(), "+8:9 10");
    emit(1);
    assert_string_equal(numbers(), "11");
}

static void publish(unsigned n)
{
    while (n-- > 0)
        fake_publish(object, 1, "x");
}

static void what_a_turn_brings_goes_at_its_end_and_together(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    publish(3);
    assert_string_equal(numbers(), "");
    assert_int_equal(loop_turn(gateway.loop, 0, NULL), VIA_OK);
    assert_int_equal(reader->n_runs, 1);
    assert_ptr_equal(reader->notes[0].object, sink);
    assert_string_equal(reader->notes[2].body, "x");
    assert_string_equal(numbers(), "1 2 3");
    assert_int_equal(loop_turn(gateway.loop, 0, NULL), VIA_OK);
    assert_string_equal(numbers(), "");
}

static void more_than_is_kept_is_not_lost_within_a_turn(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    publish(11);
    for (unsigned i = 0; i < 3; i++) {
        char body[400]; /* three are more octets than are kept */
        memset(body, 'y', sizeof body);
        body[sizeof body - 1] = '\0';
        fake_publish(object, 2, body);
    }
    events_settle(&gateway.events);
    assert_string_equal(numbers(), "1 2 3 4 5 6 7 8 9 10 11 12 13 14");
    assert_true(reader->n_runs < 6);
}

static void who_takes_no_runs_gets_them_one_by_one(void **state)
{
    (void)state;
    reader->takes_runs = VIA_UNSUPPORTED;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    publish(3);
    events_settle(&gateway.events);
    assert_int_equal(reader->n_runs, 0);
    assert_string_equal(numbers(), "1 2 3");
}

static void a_gap_is_told_before_a_run(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    reader->takes_runs = VIA_UNSUPPORTED;
    reader->refuses = VIA_TOO_LARGE;
    publish(2);
    events_settle(&gateway.events);
    reader->takes_runs = VIA_OK;
    reader->refuses = VIA_OK;
    publish(2);
    events_settle(&gateway.events);
    publish(2);
    events_settle(&gateway.events);
    assert_int_equal(reader->n_runs, 1);
    assert_string_equal(numbers(), "+2:3 4 5 6");
}

static void who_comes_between_gets_only_what_comes_after(void **state)
{
    (void)state;
    struct subscription *first = subscribe(EVENTS_NOW, 0, 0, NULL);
    publish(2);
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    events_unsubscribe(first);
    publish(1);
    events_settle(&gateway.events);
    assert_string_equal(numbers(), "3");
    (void)subscribe(EVENTS_LATEST, 0, 0, NULL);
    publish(1);
    events_settle(&gateway.events);
    assert_string_equal(numbers(), "3 4 4");
}

static void a_death_comes_after_what_waits_for_the_end_of_the_turn(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    publish(2);
    objects_died(object, VIA_CRASHED);
    assert_string_equal(fake_kinds(reader), "EED");
    assert_int_equal(loop_turn(gateway.loop, 0, NULL), VIA_OK);
    assert_string_equal(fake_kinds(reader), "");
}

static void who_is_full_for_a_run_goes_on_from_what_is_kept(void **state)
{
    (void)state;
    (void)subscribe(EVENTS_NOW, 0, 0, NULL);
    reader->refuses = VIA_BUSY;
    publish(3);
    events_settle(&gateway.events);
    publish(3);
    events_settle(&gateway.events);
    assert_true(events_is_behind(object, &reader->session));
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_string_equal(numbers(), "+2:3 4 5 6");
    assert_int_equal(gateway.events.n_dropped, 2);
    assert_int_equal(reader->session.subscriptions->n_dropped, 2);
    publish(2);
    events_settle(&gateway.events);
    assert_string_equal(numbers(), "7 8");
}

static void who_asked_to_be_disconnected_is(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_DISCONNECT};
    (void)subscribe_to(&filter);
    reader->refuses = VIA_BUSY;
    emit(3);
    assert_string_equal(fake_kinds(reader), "");
    assert_int_equal(loop_turn(gateway.loop, 0, NULL), VIA_OK);
    assert_string_equal(fake_kinds(reader), "c");
    reader->session.evicted = false;
}

static void the_newest_that_was_held_back_comes_when_its_time_is_up(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .every_ms = 30};
    (void)subscribe_to(&filter);
    emit(4);
    assert_string_equal(numbers(), "1");
    fake_emit(object, 2, "x"); /* another id has a time of its own */
    assert_string_equal(numbers(), "5");
    while (reader->n_notes == 0)
        assert_int_equal(loop_turn(gateway.loop, 1000, NULL), VIA_OK);
    assert_string_equal(numbers(), "4");
}

static void the_newest_that_was_held_back_waits_for_room(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .every_ms = 30};
    (void)subscribe_to(&filter);
    emit(1);
    assert_string_equal(numbers(), "1");
    reader->refuses = VIA_BUSY;
    emit(1); /* late enough, or held back: either way there is no room when its time is up */
    while (!events_is_behind(object, &reader->session))
        assert_int_equal(loop_turn(gateway.loop, 1000, NULL), VIA_OK);
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_int_equal(loop_turn(gateway.loop, 0, NULL), VIA_OK);
    assert_string_equal(numbers(), "2");
}

static void the_newest_that_was_held_back_comes_before_the_death(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .every_ms = 60000};
    (void)subscribe_to(&filter);
    emit(3);
    objects_died(object, VIA_CRASHED);
    assert_int_equal(reader->notes[1].number, 3);
    assert_string_equal(fake_kinds(reader), "EED");
}

static void it_comes_before_the_death_also_when_there_was_no_room(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_OLDEST, .every_ms = 60000};
    (void)subscribe_to(&filter);
    emit(3);
    reader->refuses = VIA_BUSY;
    objects_died(object, VIA_CRASHED);
    assert_string_equal(fake_kinds(reader), "E");
    reader->refuses = VIA_OK;
    events_session_drained(&reader->session);
    assert_int_equal(reader->notes[0].number, 3);
    assert_string_equal(fake_kinds(reader), "ED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newest_that_was_held_back_waits_for_room, init, deinit),
        cmocka_unit_test_setup_teardown(the_newest_that_was_held_back_comes_before_the_death, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(it_comes_before_the_death_also_when_there_was_no_room, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(events_are_numbered_and_passed_on, init, deinit),
        cmocka_unit_test_setup_teardown(what_a_filter_leaves_out_is_no_gap, init, deinit),
        cmocka_unit_test_setup_teardown(a_filter_holds_also_for_what_is_kept, init, deinit),
        cmocka_unit_test_setup_teardown(who_wants_the_newest_gets_only_those_after_a_jam, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(what_a_turn_brings_goes_at_its_end_and_together, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(more_than_is_kept_is_not_lost_within_a_turn, init, deinit),
        cmocka_unit_test_setup_teardown(who_takes_no_runs_gets_them_one_by_one, init, deinit),
        cmocka_unit_test_setup_teardown(a_gap_is_told_before_a_run, init, deinit),
        cmocka_unit_test_setup_teardown(who_comes_between_gets_only_what_comes_after, init, deinit),
        cmocka_unit_test_setup_teardown(a_death_comes_after_what_waits_for_the_end_of_the_turn,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(who_is_full_for_a_run_goes_on_from_what_is_kept, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(who_asked_to_be_disconnected_is, init, deinit),
        cmocka_unit_test_setup_teardown(the_newest_that_was_held_back_comes_when_its_time_is_up,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(nothing_comes_before_the_subscription_begins, init, deinit),
        cmocka_unit_test_setup_teardown(the_latest_of_each_id_comes_first_in_order, init, deinit),
        cmocka_unit_test_setup_teardown(only_so_many_ids_have_a_latest, init, deinit),
        cmocka_unit_test_setup_teardown(since_takes_up_where_one_was_and_tells_a_gap, init, deinit),
        cmocka_unit_test_setup_teardown(who_is_full_goes_on_from_what_is_kept, init, deinit),
        cmocka_unit_test_setup_teardown(who_is_full_while_given_the_latest_gets_the_rest_later,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(what_cannot_be_sent_at_all_is_a_gap, init, deinit),
        cmocka_unit_test_setup_teardown(kept_octets_are_limited, init, deinit),
        cmocka_unit_test_setup_teardown(a_death_waits_for_the_events_before_it, init, deinit),
        cmocka_unit_test_setup_teardown(a_subscription_ends_with_its_sink, init, deinit),
        cmocka_unit_test_setup_teardown(kept_events_hold_what_they_refer_to_but_not_themselves,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(subscriptions_are_limited_and_their_ids_not_used_again_soon,
                                        init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
