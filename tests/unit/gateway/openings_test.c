/*
 * Opened objects in a gateway without links: two clients have opened the service, each has
 * subscribed to what it was given. The gateway keeps 4 events an object.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <viaduct/parcel.h>

#include "codecs/control.h"
#include "gateway/openings.h"
#include "gateway/router.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner;
static struct gateway_object *service;

struct client {
    struct fake_session *session;
    struct gateway_object *opened, *sink;
};
static struct client clients[2];

static const struct event_filter all_oldest = {.policy = EVENT_POLICY_OLDEST};

static uint8_t first_ref[FRAME_REF_SIZE]; /* of what stands at the beginning */

/* An open of @of by @session, answered with @status and @opened; it comes back as a reply. */
static void open_as(struct fake_session *session, struct gateway_object *of, enum via_status status,
                    struct gateway_object *opened)
{
    uint64_t context;
    const struct frame call = {
        .kind = FRAME_CALL, .layout = VIA_LAYOUT_CONTROL, .code = OBJECT_OPEN};
    const struct message request = {.frame = &call, .from = &session->session};
    assert_int_equal(router_call(&request, of, 7, &context), VIA_OK);
    const struct fake_note *note = &owner->notes[owner->n_notes - 1];
    assert_int_equal(note->kind, 'C');
    const struct frame reply = {.kind = FRAME_REPLY,
                                .id = note->id,
                                .code = status,
                                .refs = first_ref,
                                .n_refs = opened == NULL ? 0 : 1};
    const struct message answer = {.frame = &reply, .objects = &opened, .from = &owner->session};
    router_reply(&answer, note->context);
    assert_string_equal(fake_kinds(session), "R");
    assert_string_equal(fake_kinds(owner), "C");
}

static struct subscription *subscribe(struct client *client, struct gateway_object *target,
                                      enum events_from from, const struct event_filter *filter)
{
    struct subscription *subscription;
    struct events_start start;
    const struct events_wish wish = {.from = from, .filter = filter};
    assert_int_equal(events_subscribe(&client->session->session, target, client->sink, &wish,
                                      &start, &subscription),
                     VIA_OK);
    assert_int_equal(start.epoch, events_epoch(service));
    events_begin(subscription);
    return subscription;
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    service = fake_object(owner, 1);
    for (uint32_t i = 0; i < 2; i++) {
        struct client *client = &clients[i];
        client->session = fake_session_create(&gateway);
        client->sink = fake_object(client->session, 1);
        client->opened = fake_object(owner, 2 + i);
        open_as(client->session, service, VIA_OK, client->opened);
        assert_int_equal(objects_reserve_hold(client->opened), VIA_OK);
        objects_hold(client->opened, &client->session->session);
    }
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        events_session_ended(&clients[i].session->session);
        objects_let_go(clients[i].opened, &clients[i].session->session);
        objects_unref(clients[i].opened);
        objects_unref(clients[i].sink);
        fake_session_end(clients[i].session, VIA_EXITED, NULL, 0);
    }
    objects_unref(service);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

/* What came to @client: each event's body and number, what was lost before it, deaths. */
static const char *told(struct client *client)
{
    static char text[512];
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < client->session->n_notes; i++) {
        const struct fake_note *note = &client->session->notes[i];
        if (note->kind == 'E' && note->lost > 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "+%u:", (unsigned)note->lost);
        if (note->kind == 'E')
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%u ", note->body,
                                   (unsigned)note->number);
        else
            at += (size_t)snprintf(text + at, sizeof text - at, "%c%u ", note->kind,
                                   (unsigned)note->code);
    }
    client->session->n_notes = 0;
    return text;
}

static void each_has_its_services_events_and_its_own_in_order(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &all_oldest);
    (void)subscribe(&clients[1], clients[1].opened, EVENTS_NOW, &all_oldest);
    fake_publish(service, 1, "all");
    fake_publish(clients[0].opened, 1, "mine");
    fake_publish(service, 1, "all");
    fake_publish(clients[1].opened, 1, "other");
    fake_emit(service, 1, "all");
    assert_string_equal(told(&clients[0]), "all1 mine0 all2 all3 ");
    assert_string_equal(told(&clients[1]), "all1 all2 other0 all3 ");
}

static void whoever_subscribes_to_the_service_has_none_of_those(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], service, EVENTS_NOW, &all_oldest);
    fake_emit(clients[0].opened, 1, "mine");
    fake_emit(service, 1, "all");
    assert_string_equal(told(&clients[0]), "all1 ");
}

static void what_is_for_one_client_is_not_kept(void **state)
{
    (void)state;
    fake_emit(service, 5, "all");
    fake_emit(clients[0].opened, 6, "mine");
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_LATEST, &all_oldest);
    assert_string_equal(told(&clients[0]), "all1 ");
}

static void who_is_full_is_told_of_what_it_missed(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &all_oldest);
    clients[0].session->refuses = VIA_BUSY;
    fake_emit(clients[0].opened, 1, "mine");
    fake_emit(service, 1, "all");
    fake_emit(clients[0].opened, 1, "mine");
    clients[0].session->refuses = VIA_OK;
    events_session_drained(&clients[0].session->session);
    fake_emit(clients[0].opened, 1, "mine");
    assert_string_equal(told(&clients[0]), "+2:all1 mine0 ");
}

static void one_that_did_not_come_whole_is_a_gap_for_its_client(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &all_oldest);
    (void)subscribe(&clients[1], clients[1].opened, EVENTS_NOW, &all_oldest);
    events_lost(clients[0].opened);
    fake_emit(service, 1, "all");
    assert_string_equal(told(&clients[0]), "+1:all1 ");
    assert_string_equal(told(&clients[1]), "all1 ");
}

static void a_filter_holds_for_them_and_holds_none_back(void **state)
{
    (void)state;
    static const uint32_t ids[] = {1};
    const struct event_filter rare = {
        .policy = EVENT_POLICY_OLDEST, .every_ms = 60000, .n_ids = 1, .ids = {ids[0]}};
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &rare);
    fake_emit(clients[0].opened, 2, "other");
    fake_emit(clients[0].opened, 1, "mine");
    fake_emit(clients[0].opened, 1, "soon");
    assert_string_equal(told(&clients[0]), "mine0 ");
}

static void its_death_comes_after_all_events_and_ends_them(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &all_oldest);
    clients[0].session->refuses = VIA_BUSY;
    fake_emit(service, 1, "all");
    objects_died(clients[0].opened, VIA_WITHDRAWN);
    assert_int_equal(clients[0].session->n_notes, 0);
    clients[0].session->refuses = VIA_OK;
    events_session_drained(&clients[0].session->session);
    assert_string_equal(told(&clients[0]), "all1 D3 ");
    fake_emit(service, 1, "all");
    fake_emit(clients[0].opened, 1, "mine");
    assert_string_equal(told(&clients[0]), "");
}

static void it_goes_on_when_its_service_is_withdrawn(void **state)
{
    (void)state;
    (void)subscribe(&clients[0], clients[0].opened, EVENTS_NOW, &all_oldest);
    objects_died(service, VIA_WITHDRAWN);
    fake_emit(clients[0].opened, 1, "mine");
    fake_emit(service, 1, "all");
    assert_string_equal(told(&clients[0]), "mine0 ");
}

static void only_what_opening_gave_is_an_opened_object(void **state)
{
    (void)state;
    struct gateway_object *plain = fake_object(owner, 9);
    struct gateway_object *foreign = fake_object(clients[1].session, 9);
    open_as(clients[0].session, service, VIA_DENIED, plain);
    assert_null(plain->service);
    open_as(clients[0].session, service, VIA_OK, NULL);
    open_as(clients[0].session, service, VIA_OK, foreign);
    assert_null(foreign->service);
    open_as(clients[0].session, service, VIA_OK, service);
    assert_null(service->service);
    open_as(clients[0].session, clients[0].opened, VIA_OK, plain); /* they do not stand in rows */
    assert_null(plain->service);
    assert_true(events_epoch(plain) == 0);
    fake_emit(plain, 1, "own");
    open_as(clients[0].session, service, VIA_OK, plain); /* it has events of its own */
    assert_null(plain->service);
    objects_unref(plain);
    objects_unref(foreign);
    assert_string_equal(fake_kinds(owner), "G");
    assert_string_equal(fake_kinds(clients[1].session), "G");
}

/* In the order that the one and the other count as one object, each client's reply comes first. */
static void it_is_joined_with_its_back_reference(void **state)
{
    (void)state;
    struct fake_session *session = clients[0].session;
    struct gateway_object *back = clients[0].sink, *opened = clients[0].opened;
    uint64_t context;
    const struct frame call = {.kind = FRAME_CALL,
                               .layout = VIA_LAYOUT_CONTROL,
                               .code = OBJECT_OPEN,
                               .refs = first_ref,
                               .n_refs = 1};
    const struct message request = {.frame = &call, .objects = &back, .from = &session->session};
    assert_int_equal(router_call(&request, service, 7, &context), VIA_OK);
    const struct fake_note *note = &owner->notes[owner->n_notes - 1];
    const struct frame reply = {
        .kind = FRAME_REPLY, .id = note->id, .refs = first_ref, .n_refs = 1};
    const struct message answer = {.frame = &reply, .objects = &opened, .from = &owner->session};
    router_reply(&answer, note->context);
    note = &session->notes[session->n_notes - 1];
    assert_ptr_equal(note->object, opened);
    assert_int_equal(note->handle, back->handle);
    note = &owner->notes[owner->n_notes - 1];
    assert_ptr_equal(note->object, back);
    assert_int_equal(note->handle, opened->handle);
    assert_string_equal(fake_kinds(session), "RJ");
    assert_string_equal(fake_kinds(owner), "CJ");
}

static void an_open_that_is_never_answered_is_forgotten(void **state)
{
    (void)state;
    uint64_t context;
    struct fake_session *other = fake_session_create(&gateway);
    struct gateway_object *silent = fake_object(other, 1);
    const struct frame call = {
        .kind = FRAME_CALL, .layout = VIA_LAYOUT_CONTROL, .code = OBJECT_OPEN};
    const struct message request = {.frame = &call, .from = &clients[0].session->session};
    assert_int_equal(router_call(&request, silent, 7, &context), VIA_OK);
    other->refuses = VIA_BUSY;
    assert_int_equal(router_call(&request, silent, 8, &context), VIA_BUSY);
    other->refuses = VIA_OK;
    assert_non_null(other->session.openings);
    assert_null(other->session.openings->next);
    objects_unref(silent);
    fake_session_end(other, VIA_EXITED, NULL, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, init, deinit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_has_its_services_events_and_its_own_in_order),
        TEST(whoever_subscribes_to_the_service_has_none_of_those),
        TEST(what_is_for_one_client_is_not_kept),
        TEST(who_is_full_is_told_of_what_it_missed),
        TEST(one_that_did_not_come_whole_is_a_gap_for_its_client),
        TEST(a_filter_holds_for_them_and_holds_none_back),
        TEST(its_death_comes_after_all_events_and_ends_them),
        TEST(it_goes_on_when_its_service_is_withdrawn),
        TEST(only_what_opening_gave_is_an_opened_object),
        TEST(it_is_joined_with_its_back_reference),
        TEST(an_open_that_is_never_answered_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
