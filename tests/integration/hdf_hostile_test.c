/*
 * What clients that mean harm, or are clumsy, send to a driver host through a real gateway: it
 * costs them alone. The clients are made by hand; the drivers are in another process, and an honest
 * client in this one.
 */
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>

#include "codecs/control.h"
#include "codecs/octets.h"
#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_io_service_if.h"
#include "tests/integration/hdf_stage.h"
#include "tests/integration/hostile_world.h"

#define N_LIES 3000u
#define N_OPENS 2000u
#define N_CALLS 400u
#define ANSWER_SIZE 262144u /* of each: 100 MiB that nobody reads */
#define N_SUBSCRIPTIONS 5000u
#define N_AT_ONCE 100u

static struct hostile_world world;
static struct process drivers;
static char stubs[N_SUBSCRIPTIONS]; /* objects of the clients: their addresses are their names */

static int start(void **state)
{
    (void)state;
    hostile_world_start(&world);
    hostile_start_program(&drivers, "hdf_drivers", NULL, &world.near);
    hostile_expect(&drivers, "ready");
    for (size_t i = 0; world.near.list[i] != NULL; i++)
        assert_int_equal(putenv((char *)(uintptr_t)world.near.list[i]), 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    process_release(&drivers);
    assert_int_equal(process_wait(&drivers), 0);
    hostile_world_stop(&world);
    return 0;
}

/* ---- the honest one ---- */

static int ask(struct HdfIoService *service, int cmd, uint32_t value, struct HdfSBuf *reply)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteUint32(data, value));
    int result = HdfIoServiceDispatch(service, cmd, data, reply);
    HdfSbufRecycle(data);
    return result;
}

/* Clients that are open, the one that asks apart. */
static uint32_t n_open(struct HdfIoService *service)
{
    uint32_t opened = 0, released = 0;
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_COUNTS, NULL, reply), 0);
    assert_true(HdfSbufReadUint32(reply, &opened) && HdfSbufReadUint32(reply, &released));
    HdfSbufRecycle(reply);
    return opened - released - 1;
}

static struct HdfIoService *must_bind(void)
{
    struct HdfIoService *service = HdfIoServiceBind(HDF_STAGE_NAME);
    assert_non_null(service);
    return service;
}

/* All that the others had has been taken back, and the drivers still serve; ctest has a limit. */
static void assert_as_before(struct HdfIoService *service, unsigned descriptors)
{
    while (n_open(service) > 0)
        (void)sched_yield();
    hostile_await_descriptors(&drivers, descriptors);
    assert_int_equal(ask(service, HDF_STAGE_RESULT, 42, NULL), 42);
    HdfIoServiceRecycle(service);
}

/* ---- the others ---- */

/* An object of the service's for this client. */
static uint32_t open_service(struct raw_client *client)
{
    return hostile_open(client, "hdf", HDF_STAGE_NAME);
}

static enum via_status send_call(struct raw_client *client, const struct frame *frame,
                                 uint32_t *idp)
{
    return peer_call(client->peer, frame, NULL, NULL, 0, idp);
}

/* ---- sbufs that lie ---- */

/* Lengths that are anything but those of what follows. */
static void fill_with_lies(uint8_t *body, uint32_t size)
{
    static const uint32_t lies[] = {0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0x7fff,
                                    0x8000,     0,          1,          3,          524288};
    hostile_fill(body, size);
    for (uint32_t i = 0; i + 4 <= size; i += 4)
        if (hostile_random() % 4 == 0)
            octets_put_u32(body + i, lies[hostile_random() % (sizeof lies / sizeof *lies)]);
}

static void sbufs_that_lie_are_read_as_far_as_they_go(void **given)
{
    static const uint32_t commands[] = {HDF_STAGE_ECHO,    HDF_STAGE_RESULT, HDF_STAGE_FILL,
                                        HDF_STAGE_SIZE,    HDF_STAGE_COUNTS, 0,
                                        HDF_STAGE_NO_DATA, 0x80000000u};
    (void)given;
    uint8_t body[HOSTILE_BODY_MAX], tape[64];
    unsigned before = hostile_n_descriptors(&drivers);
    struct HdfIoService *service = must_bind();
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = open_service(client);
    for (uint32_t i = 0; i < N_LIES; i++) {
        uint32_t id, size = hostile_random() % HOSTILE_BODY_MAX;
        uint32_t tape_size = hostile_random() % 2 * (hostile_random() % sizeof tape);
        fill_with_lies(body, size);
        hostile_fill(tape, tape_size);
        const struct frame frame = {.layout = hostile_layout(VIA_LAYOUT_SBUF),
                                    .object = handle,
                                    .code = commands[hostile_random() % 8],
                                    .time = FRAME_NO_DEADLINE,
                                    .body = body,
                                    .body_size = size,
                                    .tape = tape,
                                    .tape_size = tape_size};
        assert_int_equal(send_call(client, &frame, &id), VIA_OK);
        raw_record_free(raw_client_wait_reply(client, id)); /* whatever it says, it comes */
        if (i % 100 == 0)
            assert_int_equal(ask(service, HDF_STAGE_RESULT, i, NULL), i);
    }
    raw_client_kill(client);
    assert_as_before(service, before);
}

/* ---- opens ---- */

static void opens_of_one_who_never_looks_are_released_with_him(void **given)
{
    static const uint8_t no_back[4];
    uint8_t nonsense[64];
    (void)given;
    unsigned before = hostile_n_descriptors(&drivers);
    struct HdfIoService *service = must_bind();
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = hostile_find(client, "hdf", HDF_STAGE_NAME);
    for (uint32_t i = 0; i < N_OPENS; i++) {
        fill_with_lies(nonsense, sizeof nonsense);
        (void)(i % 2 == 0 ? hostile_send_open(client, handle, no_back, sizeof no_back)
                          : hostile_send_open(client, handle, nonsense, sizeof nonsense));
        raw_client_flush(client);
    }
    assert_int_equal(ask(service, HDF_STAGE_RESULT, 7, NULL), 7);
    while (n_open(service) < N_OPENS / 2) /* well formed ones are opened, answered or not */
        (void)sched_yield();
    HdfIoServiceRecycle(must_bind());
    raw_client_kill(client);
    assert_as_before(service, before);
}

/* The service itself, and objects of another client, are nobody's to call. */
static void handles_that_were_not_opened_reach_no_driver(void **given)
{
    (void)given;
    unsigned before = hostile_n_descriptors(&drivers);
    struct HdfIoService *service = must_bind();
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = hostile_find(client, "hdf", HDF_STAGE_NAME), id = 0;
    const struct frame call = {.layout = VIA_LAYOUT_SBUF,
                               .object = handle,
                               .code = HDF_STAGE_COUNTS,
                               .time = FRAME_NO_DEADLINE};
    assert_int_equal(send_call(client, &call, &id), VIA_OK);
    struct raw_record *reply = raw_client_wait_reply(client, id);
    assert_int_not_equal(reply->frame.code, VIA_OK);
    raw_record_free(reply);
    raw_client_close(client);
    assert_as_before(service, before);
}

/* ---- storms ---- */

static void subscribe(struct raw_client *client, uint32_t target, void *sink)
{
    struct our_handle handle;
    bool new;
    struct via_parcel *request;
    assert_int_equal(peer_export(client->peer, sink, &handle, &new), VIA_OK);
    struct frame_ref refs[2] = {{.handle = target, .flags = FRAME_REF_YOURS},
                                {.handle = handle.number}};
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    raw_put_slot(request, &refs[0]);
    raw_put_slot(request, &refs[1]);
    assert_int_equal(via_parcel_write_u8(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    (void)raw_directory(client, DIRECTORY_SUBSCRIBE, request, FRAME_NO_DEADLINE, refs, 2);
    (void)via_parcel_unref(request);
}

static void a_storm_of_subscriptions_delays_nobody_for_good(void **given)
{
    (void)given;
    unsigned before = hostile_n_descriptors(&drivers);
    struct HdfIoService *service = must_bind();
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = open_service(client);
    for (uint32_t i = 0; i < N_SUBSCRIPTIONS; i++) {
        subscribe(client, handle, &stubs[i]);
        if (i % 64 == 0)
            raw_client_flush(client);
    }
    raw_client_flush(client);
    /* Each event goes to all of them, who read none. */
    for (uint32_t i = 0; i < N_AT_ONCE; i++)
        assert_int_equal(ask(service, HDF_STAGE_ALL, 1, NULL), 0);
    assert_int_equal(ask(service, HDF_STAGE_RESULT, 5, NULL), 5);
    raw_client_kill(client);
    assert_as_before(service, before);
}

static void deep_queues_of_one_who_reads_no_answers_delay_nobody_for_good(void **given)
{
    uint8_t body[4];
    octets_put_u32(body, ANSWER_SIZE);
    (void)given;
    unsigned before = hostile_n_descriptors(&drivers);
    struct HdfIoService *service = must_bind();
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = open_service(client), id;
    const struct frame call = {.layout = VIA_LAYOUT_SBUF,
                               .object = handle,
                               .code = HDF_STAGE_FILL,
                               .time = FRAME_NO_DEADLINE,
                               .body = body,
                               .body_size = sizeof body};
    for (uint32_t i = 0; i < N_CALLS; i++)
        assert_int_equal(send_call(client, &call, &id), VIA_OK);
    raw_client_flush(client);
    for (uint32_t i = 0; i < N_AT_ONCE; i++)
        assert_int_equal(ask(service, HDF_STAGE_RESULT, i, NULL), i);
    raw_client_kill(client);
    assert_as_before(service, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sbufs_that_lie_are_read_as_far_as_they_go),
        cmocka_unit_test(opens_of_one_who_never_looks_are_released_with_him),
        cmocka_unit_test(handles_that_were_not_opened_reach_no_driver),
        cmocka_unit_test(a_storm_of_subscriptions_delays_nobody_for_good),
        cmocka_unit_test(deep_queues_of_one_who_reads_no_answers_delay_nobody_for_good),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
