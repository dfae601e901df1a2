/*
 * Requests between processes: what arrives, what comes back, in what order, and who is said to
 * call.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/include/bell.h"
#include "tests/integration/kit_service.h"
#include "tests/integration/kit_world.h"

static struct kit_peer peer;

static int begin(void **state)
{
    (void)state;
    kit_peer_start(&peer);
    return 0;
}

static int end(void **state)
{
    (void)state;
    kit_peer_end(&peer);
    return 0;
}

/* ---- data ---- */

static void every_value_goes_there_and_back(void **state)
{
    (void)state;
    static const uint8_t octets[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    OHIPCParcel *reply = NULL;
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(data, "token"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt8(data, -8), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteUint16(data, 0xffff), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt64(data, INT64_MIN), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteFloat(data, 1.5F), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteDouble(data, -INFINITY), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteString(data, "\xc3\xa4 string"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteBuffer(data, octets, sizeof octets), OH_IPC_SUCCESS);
    int size = OH_IPCParcel_GetDataSize(data);
    assert_int_equal(kit_call(peer.proxy, KIT_ECHO, data, &reply), OH_IPC_SUCCESS);

    assert_int_equal(OH_IPCParcel_GetDataSize(reply), size);
    char *token = NULL;
    int32_t len = 0;
    int8_t i8 = 0;
    uint16_t u16 = 0;
    int64_t i64 = 0;
    float f32 = 0;
    double f64 = 0;
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(reply, &token, &len, kit_allocate),
                     OH_IPC_SUCCESS);
    assert_string_equal(token, "token");
    free(token);
    assert_int_equal(OH_IPCParcel_ReadInt8(reply, &i8), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadUint16(reply, &u16), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt64(reply, &i64), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadFloat(reply, &f32), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadDouble(reply, &f64), OH_IPC_SUCCESS);
    assert_int_equal(i8, -8);
    assert_int_equal(u16, 0xffff);
    assert_true(i64 == INT64_MIN);
    assert_true(f32 == 1.5F);
    assert_true(f64 == -INFINITY);
    assert_string_equal(OH_IPCParcel_ReadString(reply), "\xc3\xa4 string");
    assert_memory_equal(OH_IPCParcel_ReadBuffer(reply, sizeof octets), octets, sizeof octets);
    int32_t more = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &more), OH_IPC_PARCEL_READ_ERROR);
    OH_IPCParcel_Destroy(reply);
}

static void a_full_parcel_goes_there_and_back(void **state)
{
    (void)state;
    char *text = malloc(204800);
    memset(text, 't', 204799);
    text[204799] = '\0';
    for (int i = 0; i < 3; i++) {
        OHIPCParcel *reply = NULL;
        OHIPCParcel *data = OH_IPCParcel_Create();
        assert_int_equal(OH_IPCParcel_WriteString(data, text), OH_IPC_SUCCESS);
        assert_int_equal(kit_call(peer.proxy, KIT_ECHO, data, &reply), OH_IPC_SUCCESS);
        assert_string_equal(OH_IPCParcel_ReadString(reply), text);
        OH_IPCParcel_Destroy(reply);
    }
    free(text);
}

static void a_parcel_is_sent_whole_wherever_its_cursor_stands(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* there the handler reads on where the caller stopped */
    static const int32_t numbers[] = {1, 2, 3};
    OHIPCParcel *data = kit_numbers(3, numbers);
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(data, &value), OH_IPC_SUCCESS);
    for (int i = 0; i < 2; i++) { /* and may be sent again */
        OHIPCParcel *reply = OH_IPCParcel_Create();
        assert_int_equal(OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_ECHO, data, reply, NULL),
                         OH_IPC_SUCCESS);
        assert_int_equal(OH_IPCParcel_GetDataSize(reply), 12);
        assert_int_equal(OH_IPCParcel_GetReadPosition(data), 4);
        OH_IPCParcel_Destroy(reply);
    }
    OH_IPCParcel_Destroy(data);
}

static void a_reply_from_elsewhere_is_read_only_and_replaced(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* there it is the caller's own parcel all the time */
    static const int32_t numbers[] = {1, 2, 3};
    OHIPCParcel *reply = OH_IPCParcel_Create();
    OHIPCParcel *three = kit_numbers(3, numbers);
    OHIPCParcel *one = kit_numbers(1, numbers);
    OHIPCParcel *none = OH_IPCParcel_Create();
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_WriteInt32(reply, 99), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_ECHO, three, reply, NULL),
                     OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(reply), 12);
    assert_int_equal(OH_IPCParcel_GetWritePosition(reply), 0);
    assert_int_equal(OH_IPCParcel_WriteInt32(reply, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &value), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_ECHO, one, reply, NULL),
                     OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(reply), 4);
    assert_int_equal(OH_IPCParcel_GetReadPosition(reply), 0);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_ECHO, none, reply, NULL),
                     OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(reply), 0);
    OH_IPCParcel_Destroy(reply);
    OH_IPCParcel_Destroy(three);
    OH_IPCParcel_Destroy(one);
    OH_IPCParcel_Destroy(none);
}

/* ---- results ---- */

static void results_are_filtered(void **state)
{
    (void)state;
    static const int32_t rows[][2] = {{0, 0},
                                      {1901000, 1901000},
                                      {1901007, 1901007},
                                      {1909000, 1909000},
                                      {1909999, 1909999},
                                      {-1, 1901006},
                                      {1, 1901006},
                                      {1900999, 1901006},
                                      {1908999, 1901006},
                                      {1910000, 1901006}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OHIPCParcel *reply = NULL;
        assert_int_equal(kit_call(peer.proxy, KIT_RESULT, kit_numbers(1, rows[i]), &reply),
                         rows[i][1]);
        assert_int_equal(OH_IPCParcel_GetDataSize(reply), 0);
        OH_IPCParcel_Destroy(reply);
    }
}

static void data_hides_an_error_between_processes(void **state)
{
    (void)state;
    static const int32_t numbers[] = {1909001, 1};
    OHIPCParcel *reply = NULL;
    int32_t value = 0;
    assert_int_equal(kit_call(peer.proxy, KIT_RESULT, kit_numbers(2, numbers), &reply),
                     kit_way() == KIT_HERE ? 1909001 : OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 42);
    OH_IPCParcel_Destroy(reply);
}

/* ---- order and threads ---- */

static struct bell told = BELL_INIT;
static atomic_int last_told;

static int listen_to(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)reply;
    (void)user;
    int32_t number = -1;
    if (code != 1 || OH_IPCParcel_ReadInt32(data, &number) != OH_IPC_SUCCESS)
        return OH_IPC_CODE_OUT_OF_RANGE;
    atomic_store(&last_told, number);
    bell_ring(&told);
    return OH_IPC_SUCCESS;
}

static void asynchronous_requests_run_in_order(void **state)
{
    (void)state;
    enum { N = 1000 };
    OHIPCRemoteStub *listener = OH_IPCRemoteStub_Create("listener", listen_to, NULL, NULL);
    unsigned before = bell_count(&told);
    for (int32_t i = 0; i < N; i++) {
        OHIPCParcel *data = kit_numbers(1, &i);
        assert_int_equal(
            OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_NOTE, data, NULL, &kit_async),
            OH_IPC_SUCCESS);
        OH_IPCParcel_Destroy(data);
    }
    assert_int_equal(kit_pass(peer.proxy, KIT_NOTE_LAST, listener, N, &kit_async), OH_IPC_SUCCESS);
    assert_true(bell_wait(&told, before + 1));
    assert_int_equal(atomic_load(&last_told), N + 1);

    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(peer.proxy, KIT_NOTES, OH_IPCParcel_Create(), &reply),
                     OH_IPC_SUCCESS);
    for (int32_t i = 0; i <= N; i++) {
        int32_t note = -1;
        assert_int_equal(OH_IPCParcel_ReadInt32(reply, &note), OH_IPC_SUCCESS);
        assert_int_equal(note, i);
    }
    OH_IPCParcel_Destroy(reply);
    OH_IPCRemoteStub_Destroy(listener);
}

static void an_asynchronous_request_leaves_the_reply_alone(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* there the handler writes to it */
    static const int32_t numbers[] = {0, 1};
    OHIPCParcel *data = kit_numbers(2, numbers);
    OHIPCParcel *reply = kit_numbers(1, numbers);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(peer.proxy, KIT_RESULT, data, reply, &kit_async),
                     OH_IPC_SUCCESS);
    assert_int_equal(kit_ask(peer.proxy, KIT_ECHO, 5), 5);
    assert_int_equal(OH_IPCParcel_GetDataSize(reply), 4);
    OH_IPCParcel_Destroy(data);
    OH_IPCParcel_Destroy(reply);
}

static void callbacks_come_from_threads_long_after_the_request(void **state)
{
    (void)state;
    enum { N = 50 };
    OHIPCRemoteStub *listener = OH_IPCRemoteStub_Create("listener", listen_to, NULL, NULL);
    unsigned before = bell_count(&told);
    assert_int_equal(kit_pass(peer.proxy, KIT_LATER, listener, N, NULL), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(listener); /* requests go on arriving */
    assert_true(bell_wait(&told, before + N));
    assert_int_equal(atomic_load(&last_told), N);
}

static void calls_nest_with_one_worker(void **state)
{
    (void)state;
    OHIPCRemoteStub *ours = kit_service_create();
    assert_int_equal(OH_IPCSkeleton_SetMaxWorkThreadNum(1), OH_IPC_SUCCESS);
    (void)kit_ask(peer.proxy, KIT_SET_MAX, 1);
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = NULL;
    int32_t deep = -1;
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(data, ours), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(data, 20), OH_IPC_SUCCESS);
    assert_int_equal(kit_call(peer.proxy, KIT_DEPTH, data, &reply), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &deep), OH_IPC_SUCCESS);
    assert_int_equal(deep, 20);
    OH_IPCParcel_Destroy(reply);
    OH_IPCRemoteStub_Destroy(ours);
    assert_int_equal(OH_IPCSkeleton_SetMaxWorkThreadNum(16), OH_IPC_SUCCESS);
}

static void *call_many_times(void *user)
{
    (void)user;
    for (int32_t i = 0; i < 100; i++)
        assert_int_equal(kit_ask(peer.proxy, KIT_ECHO, i), i);
    return NULL;
}

static void many_threads_call_at_once(void **state)
{
    (void)state;
    pthread_t threads[16];
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_many_times, NULL), 0);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static atomic_bool left;

static void *stop_and_join(void *user)
{
    (void)user;
    OH_IPCSkeleton_StopWorkThread();
    OH_IPCSkeleton_JoinWorkThread();
    atomic_store(&left, true);
    return NULL;
}

static void a_stopped_thread_joins_for_one_event(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* nothing comes to a worker there */
    OHIPCRemoteStub *listener = OH_IPCRemoteStub_Create("listener", listen_to, NULL, NULL);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_and_join, NULL), 0);
    for (int i = 0; i < 1000 && !atomic_load(&left); i++) {
        unsigned before = bell_count(&told);
        assert_int_equal(kit_pass(peer.proxy, KIT_LATER, listener, 1, NULL), OH_IPC_SUCCESS);
        assert_true(bell_wait(&told, before + 1));
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    OH_IPCRemoteStub_Destroy(listener);
}

/* ---- who is calling ---- */

struct who {
    uint64_t pid, uid, token, first;
    int32_t local, handling;
};

static struct who read_who(OHIPCParcel *reply)
{
    struct who who = {0};
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &who.pid), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &who.uid), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &who.token), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &who.first), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &who.local), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &who.handling), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(reply);
    return who;
}

static void the_handler_knows_who_is_calling(void **state)
{
    (void)state;
    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(peer.proxy, KIT_WHO, OH_IPCParcel_Create(), &reply), OH_IPC_SUCCESS);
    struct who who = read_who(reply);
    assert_int_equal(who.handling, kit_way() != KIT_HERE);
    assert_int_equal(who.local, kit_way() != KIT_WSS);
    if (kit_way() == KIT_WSS) {
        assert_true(who.pid == UINT64_MAX);
        assert_true(who.uid == UINT64_MAX);
        assert_true(who.token == 0);
        assert_true(who.first == 0);
        return;
    }
    assert_int_equal(who.pid, getpid());
    assert_int_equal(who.uid, geteuid());
    assert_int_equal(who.token, OH_IPCSkeleton_GetSelfTokenId());
    assert_int_equal(who.first, 0);
}

static void the_caller_of_a_chain_is_the_one_in_between(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* a chain in one process has one caller */
    struct kit_peer further;
    kit_peer_start(&further);
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = NULL;
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(data, further.proxy), OH_IPC_SUCCESS);
    assert_int_equal(kit_call(peer.proxy, KIT_WHO_THERE, data, &reply), OH_IPC_SUCCESS);
    struct who who = read_who(reply);
    assert_int_equal(who.pid, peer.pid);
    assert_int_equal(who.local, 1);
    assert_int_equal(who.handling, 1);
    assert_int_equal(who.first, kit_way() == KIT_WSS ? 0 : OH_IPCSkeleton_GetSelfTokenId());
    kit_peer_end(&further);
}

static void an_identity_is_reset_and_set_back(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* in no context */
    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(peer.proxy, KIT_RESET, OH_IPCParcel_Create(), &reply),
                     OH_IPC_SUCCESS);
    const char *identity = OH_IPCParcel_ReadString(reply);
    uint64_t pids[2] = {0, 0};
    int32_t locals[2] = {-1, -1};
    int32_t errors[2] = {-1, -1};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(OH_IPCParcel_ReadUint64(reply, &pids[i]), OH_IPC_SUCCESS);
        assert_int_equal(OH_IPCParcel_ReadInt32(reply, &locals[i]), OH_IPC_SUCCESS);
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(OH_IPCParcel_ReadInt32(reply, &errors[i]), OH_IPC_SUCCESS);

    bool remote = kit_way() == KIT_WSS;
    assert_int_equal(pids[0], peer.pid); /* the service itself, after the reset */
    assert_int_equal(locals[0], 1);
    assert_true(pids[1] == (remote ? UINT64_MAX : (uint64_t)getpid()));
    assert_int_equal(locals[1], !remote);
    assert_int_equal(errors[0], OH_IPC_INNER_ERROR);
    assert_int_equal(errors[1], OH_IPC_INNER_ERROR);

    char expected[128];
    uint64_t number = (uint64_t)geteuid() << 32 | (uint64_t)getpid();
    (void)snprintf(expected, sizeof expected, "<%020llu%020d%llu",
                   (unsigned long long)OH_IPCSkeleton_GetSelfTokenId(), (int)getpid(),
                   (unsigned long long)number);
    if (remote)
        assert_int_equal(strlen(identity), 20 + 64 + 20);
    else
        assert_string_equal(identity, expected);
    OH_IPCParcel_Destroy(reply);
}

/* ---- descriptors ---- */

static void a_descriptor_goes_along(void **state)
{
    (void)state;
    int ends[2];
    char octets[2];
    int32_t error = -1;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = NULL;
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(data, ends[1]), OH_IPC_SUCCESS);
    assert_int_equal(kit_call(peer.proxy, KIT_WRITE, data, &reply), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &error), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(reply);
    assert_true(fcntl(ends[1], F_GETFD) >= 0); /* ours is still ours */
    (void)close(ends[1]);
    assert_int_equal(error, OH_IPC_SUCCESS);
    assert_int_equal(read(ends[0], octets, 2), 1);
    assert_int_equal(read(ends[0], octets, 2), 0); /* nobody kept a copy */
    (void)close(ends[0]);
}

static int run(void)
{
#define test(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        test(every_value_goes_there_and_back),
        test(a_full_parcel_goes_there_and_back),
        test(a_parcel_is_sent_whole_wherever_its_cursor_stands),
        test(a_reply_from_elsewhere_is_read_only_and_replaced),
        test(results_are_filtered),
        test(data_hides_an_error_between_processes),
        test(asynchronous_requests_run_in_order),
        test(an_asynchronous_request_leaves_the_reply_alone),
        test(callbacks_come_from_threads_long_after_the_request),
        test(calls_nest_with_one_worker),
        test(many_threads_call_at_once),
        test(a_stopped_thread_joins_for_one_event),
        test(the_handler_knows_who_is_calling),
        test(the_caller_of_a_chain_is_the_one_in_between),
        test(an_identity_is_reset_and_set_back),
        test(a_descriptor_goes_along),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

int main(int argc, char **argv)
{
    return kit_world_main(argc, argv, run);
}
