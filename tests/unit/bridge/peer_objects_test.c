/*
 * Objects in a session: references and their counts, deaths, events, descriptors.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge/peer.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"}, door = {"door"};

/* ---- references ---- */
static void a_reference_can_be_called_until_it_is_released(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.keeps = true;
    uint32_t handle = give(&pair.client, &lamp);
    uint8_t refs[FRAME_REF_SIZE];
    struct frame publish = make_frame(0, 1, "lamp");
    add_ref(&publish, refs, handle, 0);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &publish, NULL, NULL, 1, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "call directory 1 'lamp' theirs:1\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, handle), 1);

    const struct frame on = make_frame(handle, 3, "on");
    assert_int_equal(peer_call(pair.gateway.peer, &on, NULL, NULL, 2, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "call lamp 3 'on'\n");
    assert_int_equal(peer_answer(pair.client.peer, id, VIA_OK, 5), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "reply 2 ok 5\n");

    peer_release(pair.gateway.peer, (struct their_handle){handle}, UINT32_MAX);
    assert_null(peer_imported(pair.gateway.peer, handle));
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "unexported lamp\n");
    assert_int_equal(peer_call(pair.gateway.peer, &on, NULL, NULL, 3, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "reply 3 not_found 0\n");
    pair_deinit(&pair);
}

static void each_reference_is_one_count(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.keeps = true;
    uint8_t refs[4 * FRAME_REF_SIZE];
    struct frame call = make_frame(0, 7, "four");
    for (int i = 0; i < 3; i++)
        add_ref(&call, refs, give(&pair.client, &lamp), 0);
    add_ref(&call, refs, 0, 0);
    uint32_t id;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway),
                        "oneway directory 7 'four' theirs:1 theirs:1 theirs:1 nothing\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, 1), 3);
    peer_release(pair.gateway.peer, (struct their_handle){1}, 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "");
    peer_release(pair.gateway.peer, (struct their_handle){1}, 5); /* as many as there are */
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "unexported lamp\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, 1), 0);
    peer_release(pair.gateway.peer, (struct their_handle){1}, 1);
    assert_true(is_outbox_empty(&pair.gateway));
    pair_deinit(&pair);
}

static void releasing_too_many_is_a_fault(void **state)
{
    (void)state;
    struct end client;
    const uint32_t too_many[] = {2, UINT32_MAX};
    for (size_t i = 0; i < 2; i++) {
        end_init_ready(&client, PEER_CLIENT, NULL);
        const struct frame release = {
            .kind = FRAME_RELEASE, .object = give(&client, &lamp), .code = too_many[i]};
        expect_fault(&client, &release, VIA_BAD_HANDLE, "handle 0x1: it has fewer");
        end_deinit(&client);
    }
    end_init_ready(&client, PEER_CLIENT, NULL);
    const struct frame release = {.kind = FRAME_RELEASE, .object = 0, .code = 1};
    expect_fault(&client, &release, VIA_BAD_HANDLE, "handle 0x0");
    end_deinit(&client);
}

static void a_reference_goes_home(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.keeps = true;
    uint32_t handle = give(&pair.client, &lamp);
    uint8_t refs[FRAME_REF_SIZE];
    struct frame there = make_frame(0, 7, "there");
    add_ref(&there, refs, handle, 0);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &there, NULL, NULL, 1, &id), VIA_OK);
    settle(&pair);
    struct frame back = make_frame(0, VIA_OK, "back");
    add_ref(&back, refs, handle, FRAME_REF_YOURS);
    assert_int_equal(peer_reply(pair.gateway.peer, id, &back, NULL), VIA_OK);
    /* the last count goes right behind it */
    peer_release(pair.gateway.peer, (struct their_handle){handle}, 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "reply 1 ok 0 'back' ours:lamp\nunexported lamp\n");
    pair_deinit(&pair);
}

static void naming_ours_without_holding_it_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    uint32_t handle = give(&gateway, &lamp);
    peer_unexport(gateway.peer, (struct our_handle){handle});
    (void)take_log(&gateway);
    struct frame call = make_frame(0, 7, "x");
    call.kind = FRAME_CALL;
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&call, refs, handle, FRAME_REF_YOURS);
    expect_fault(&gateway, &call, VIA_BAD_HANDLE, "our handle 0x1, which its sender does not hold");
    assert_string_equal(take_log(&gateway), "");
    end_deinit(&gateway);
}

static void one_slot_has_one_generation(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    struct frame call = make_frame(0, 7, "xyz");
    call.kind = FRAME_CALL;
    uint8_t refs[3 * FRAME_REF_SIZE];
    add_ref(&call, refs, 9, 0);
    add_ref(&call, refs, 5, 0);
    add_ref(&call, refs, 0x00100005, 0);
    expect_fault(&gateway, &call, VIA_BAD_HANDLE, "0x100005 came while an older one");
    /* what came before the fault in that frame is nobody's */
    assert_int_equal(peer_import_count(gateway.peer, 9), 0);
    peer_end(gateway.peer, VIA_CRASHED);
    assert_string_equal(take_log(&gateway), "");
    end_deinit(&gateway);
}

static void references_are_limited_at_both_ends(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &(struct peer_limits){.handles_max = 1});
    uint32_t handle = give(&pair.client, &lamp);
    assert_int_equal(give(&pair.client, &lamp), handle);
    struct our_handle second;
    bool is_new;
    assert_int_equal(peer_export(pair.client.peer, &door, &second, &is_new), VIA_BUSY);
    assert_string_equal(peer_fault(pair.client.peer), "1 objects are given out: max_handles is 1");
    struct frame call = make_frame(0, 7, "xy");
    call.kind = FRAME_CALL;
    uint8_t refs[2 * FRAME_REF_SIZE];
    add_ref(&call, refs, 1, 0);
    add_ref(&call, refs, 2, 0);
    expect_fault(&pair.gateway, &call, VIA_BAD_REFERENCE,
                 "one reference too many: max_handles is 1");
    pair_deinit(&pair);
}

static void a_reference_that_is_not_there_is_not_sent(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    const uint16_t flags[] = {0, FRAME_REF_YOURS};
    for (size_t i = 0; i < 2; i++) {
        struct frame call = make_frame(0, 7, "x");
        uint8_t refs[FRAME_REF_SIZE];
        add_ref(&call, refs, 1, flags[i]);
        uint32_t id;
        assert_int_equal(peer_call(client.peer, &call, NULL, NULL, 1, &id), VIA_INVALID);
        assert_int_equal(peer_oneway(client.peer, &call, NULL, NULL, &id), VIA_INVALID);
    }
    assert_int_equal(peer_n_sent(client.peer), 0);
    assert_true(is_outbox_empty(&client));
    end_deinit(&client);
}

static void only_what_is_dead_is_told_dead_again(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    peer_death(pair.client.peer, &lamp, VIA_WITHDRAWN);
    settle(&pair);
    (void)take_log(&pair.gateway);
    uint8_t refs[3 * FRAME_REF_SIZE];
    struct frame call = make_frame(0, 7, "xyz");
    add_ref(&call, refs, give(&pair.client, &door), 0);
    add_ref(&call, refs, give(&pair.client, &lamp), 0);
    add_ref(&call, refs, 0, 0);
    uint32_t id;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CALL);
    struct frame death = take_frame(&pair.client);
    assert_int_equal(death.kind, FRAME_DEATH);
    assert_int_equal(death.object, handle);
    assert_int_equal(death.code, VIA_WITHDRAWN);
    assert_true(is_outbox_empty(&pair.client));
    pair_deinit(&pair);
}

static void a_caller_that_is_not_given_out_is_not_introduced(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    struct meta meta = {.has_caller = true, .caller = 5, .n_introductions = 1};
    meta.introductions[0].number = 5;
    const struct frame call = make_frame(1, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_call(gateway.peer, &call, &meta, NULL, 1, &id), VIA_INVALID);
    assert_true(is_outbox_empty(&gateway));
    end_deinit(&gateway);
}

static void our_objects_are_told_apart(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint32_t number = give(&client, &lamp);
    struct our_handle handle;
    void *object;
    assert_true(peer_is_exported(client.peer, &lamp, &handle));
    assert_int_equal(handle.number, number);
    assert_false(peer_is_exported(client.peer, &door, &handle));
    assert_int_equal(peer_exported(client.peer, number, &object), VIA_OK);
    assert_ptr_equal(object, &lamp);
    assert_int_equal(peer_exported(client.peer, number + 1, &object), VIA_BAD_HANDLE);
    assert_int_equal(peer_exported(client.peer, 0, &object), VIA_BAD_HANDLE);
    peer_unexport(client.peer, handle);
    assert_int_equal(peer_exported(client.peer, number, &object), VIA_NOT_FOUND);
    assert_true(is_outbox_empty(&client));
    end_deinit(&client);
}

/* ---- deaths ---- */

static void a_death_is_told_once(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t handle = pair_init_given(&pair, &lamp, 2);
    *peer_imported(pair.gateway.peer, handle) = &door;
    peer_death(pair.client.peer, &door, VIA_WITHDRAWN); /* not given out: nothing */
    peer_death(pair.client.peer, &lamp, VIA_WITHDRAWN);
    peer_death(pair.client.peer, &lamp, VIA_EXITED);
    settle(&pair);
    const struct frame again = {.kind = FRAME_DEATH, .object = handle, .code = VIA_CRASHED};
    assert_int_equal(feed_frame(&pair.gateway, &again), VIA_OK);
    assert_string_equal(take_log(&pair.gateway), "death 1 withdrawn door\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, handle), 2); /* it gives no count back */
    peer_end(pair.gateway.peer, VIA_CRASHED);
    assert_string_equal(take_log(&pair.gateway), "");
    pair_deinit(&pair);
}

static void a_death_of_what_was_released_meanwhile_is_dropped(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    peer_death(pair.client.peer, &lamp, VIA_WITHDRAWN);
    peer_release(pair.gateway.peer, (struct their_handle){handle}, 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "");
    assert_string_equal(take_log(&pair.client), "unexported lamp\n");
    pair_deinit(&pair);
}

static void a_reference_to_what_has_died_dies_again_for_its_new_holder(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    peer_death(pair.client.peer, &lamp, VIA_WITHDRAWN);
    carry(&pair.client, &pair.gateway);
    assert_string_equal(take_log(&pair.gateway), "death 1 withdrawn\n");
    peer_release(pair.gateway.peer, (struct their_handle){handle}, 1);
    /* before the RELEASE comes, it is given again, twice, once to be released at once */
    for (int i = 0; i < 2; i++) {
        uint8_t refs[FRAME_REF_SIZE];
        struct frame call = make_frame(0, 7, "x");
        assert_int_equal(give(&pair.client, &lamp), handle);
        add_ref(&call, refs, handle, 0);
        uint32_t id;
        assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    }
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "oneway directory 7 'x' theirs:1\n"
                                                 "death 1 withdrawn\n"
                                                 "oneway directory 7 'x' theirs:1\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, handle), 2);
    pair_deinit(&pair);
}

static void a_caller_that_has_died_is_introduced_as_dead(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t callee = pair_init_given(&pair, &lamp, 1);
    uint32_t caller = give(&pair.gateway, &door);
    peer_death(pair.gateway.peer, &door, VIA_EXITED);
    struct meta meta = {.has_caller = true, .caller = caller, .n_introductions = 1};
    meta.introductions[0].number = caller;
    const struct frame call = make_frame(callee, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta, NULL, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client),
                        "introduced 1\noneway lamp 7 caller:1\ndeath 1 exited\n");
    pair_deinit(&pair);
}

static void a_death_without_a_cause_is_a_fault(void **state)
{
    (void)state;
    const uint32_t causes[] = {VIA_ALIVE, VIA_EVICTED + 1};
    for (size_t i = 0; i < 2; i++) {
        struct end gateway;
        end_init_ready(&gateway, PEER_GATEWAY, NULL);
        const struct frame death = {.kind = FRAME_DEATH, .object = 1, .code = causes[i]};
        expect_fault(&gateway, &death, VIA_BAD_KIND, "unknown cause");
        end_deinit(&gateway);
    }
}

/* ---- events ---- */

static void events_go_to_a_sink_and_come_from_an_owner(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    struct frame event = make_frame(handle, 4, "lit");
    event.id = 12;
    assert_int_equal(peer_event(pair.client.peer, &event, NULL), VIA_OK);
    event.flags = FRAME_GAP | FRAME_META; /* what an EVENT does not have is left out */
    event.lost = 3;
    assert_int_equal(peer_event(pair.gateway.peer, &event, NULL), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "event from:1 4 number:12 'lit'\n");
    assert_string_equal(take_log(&pair.client), "event to:lamp 4 number:12 lost:3 'lit'\n");
    pair_deinit(&pair);
}

/* Three events, one behind the other, as @octets. */
static size_t make_run(uint8_t octets[256])
{
    size_t size = 0;
    for (uint32_t id = 1; id <= 3; id++) {
        struct frame event = make_frame(0, id, id == 2 ? "" : "on");
        event.kind = FRAME_EVENT;
        event.id = id;
        frame_encode(&event, octets + size);
        size += frame_size(&event);
        assert_true(size <= 256);
    }
    return size;
}

static void a_run_of_events_goes_as_one(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t octets[256];
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    size_t size = make_run(octets);
    uint64_t before = outbox_count(peer_outbox(pair.gateway.peer));
    assert_int_equal(peer_event_run(pair.gateway.peer, octets, size, 3, 2, handle), VIA_OK);
    assert_int_equal(outbox_count(peer_outbox(pair.gateway.peer)), before + 3);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "event to:lamp 1 number:1 'on'\n"
                                                "event to:lamp 2 number:2\n"
                                                "event to:lamp 3 number:3 'on'\n");
    pair_deinit(&pair);
}

static void a_run_of_events_goes_whole_or_not_at_all(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t octets[256];
    pair_init_ready(&pair, &(struct peer_limits){.frame_max = PEER_FRAME_MAX_LEAST},
                    &(struct peer_limits){.queue_max = 400});
    uint32_t handle = give(&pair.client, &lamp);
    size_t size = make_run(octets);
    struct peer *peer = pair.gateway.peer;
    assert_int_equal(peer_event_run(peer, octets, size, 3, PEER_FRAME_MAX_LEAST + 1, handle),
                     VIA_UNSUPPORTED);
    assert_int_equal(peer_event_run(peer, octets, size, 3, 2, handle), VIA_OK);
    assert_int_equal(peer_event_run(peer, octets, size, 3, 2, handle), VIA_OK);
    size_t waiting = outbox_size(peer_outbox(peer));
    assert_int_equal(peer_event_run(peer, octets, size, 3, 2, handle), VIA_OK);
    assert_int_equal(outbox_size(peer_outbox(peer)), waiting + size);
    assert_int_equal(peer_event_run(peer, octets, size, 3, 2, handle), VIA_BUSY);
    assert_int_equal(outbox_size(peer_outbox(peer)), waiting + size);
    peer_end(peer, VIA_LINK_LOST);
    assert_int_equal(peer_event_run(peer, octets, size, 3, 2, handle), VIA_DEAD);
    pair_deinit(&pair);
}

static void an_event_for_what_is_gone_is_dropped(void **state)
{
    (void)state;
    struct end client, gateway;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint32_t handle = give(&client, &lamp);
    peer_unexport(client.peer, (struct our_handle){handle});
    (void)take_log(&client);
    uint8_t refs[FRAME_REF_SIZE];
    struct frame event = make_frame(handle, 4, "x");
    event.kind = FRAME_EVENT;
    add_ref(&event, refs, 6, 0);
    assert_int_equal(feed_frame(&client, &event), VIA_OK);
    assert_string_equal(take_log(&client), "");
    assert_int_equal(take_frame(&client).kind, FRAME_RELEASE);
    event.object = handle + 1;
    expect_fault(&client, &event, VIA_BAD_HANDLE, "0x2, which was never given out");
    end_deinit(&client);

    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    assert_int_equal(feed_frame(&gateway, &event), VIA_OK);
    assert_string_equal(take_log(&gateway), "");
    assert_int_equal(take_frame(&gateway).kind, FRAME_RELEASE);
    end_deinit(&gateway);
}

static void an_event_that_brings_a_bad_reference_is_a_fault(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    struct frame event = make_frame(give(&client, &lamp), 4, "x");
    event.kind = FRAME_EVENT;
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&event, refs, 99, FRAME_REF_YOURS);
    expect_fault(&client, &event, VIA_BAD_HANDLE, "does not hold");
    assert_string_equal(take_log(&client), "");
    end_deinit(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_can_be_called_until_it_is_released),
        cmocka_unit_test(each_reference_is_one_count),
        cmocka_unit_test(releasing_too_many_is_a_fault),
        cmocka_unit_test(a_reference_goes_home),
        cmocka_unit_test(naming_ours_without_holding_it_is_a_fault),
        cmocka_unit_test(one_slot_has_one_generation),
        cmocka_unit_test(references_are_limited_at_both_ends),
        cmocka_unit_test(a_reference_that_is_not_there_is_not_sent),
        cmocka_unit_test(our_objects_are_told_apart),
        cmocka_unit_test(a_death_is_told_once),
        cmocka_unit_test(a_death_of_what_was_released_meanwhile_is_dropped),
        cmocka_unit_test(a_reference_to_what_has_died_dies_again_for_its_new_holder),
        cmocka_unit_test(a_caller_that_has_died_is_introduced_as_dead),
        cmocka_unit_test(a_death_without_a_cause_is_a_fault),
        cmocka_unit_test(events_go_to_a_sink_and_come_from_an_owner),
        cmocka_unit_test(a_run_of_events_goes_as_one),
        cmocka_unit_test(a_run_of_events_goes_whole_or_not_at_all),
        cmocka_unit_test(an_event_for_what_is_gone_is_dropped),
        cmocka_unit_test(an_event_that_brings_a_bad_reference_is_a_fault),
        cmocka_unit_test(only_what_is_dead_is_told_dead_again),
        cmocka_unit_test(a_caller_that_is_not_given_out_is_not_introduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
