/*
 * Objects that go from process to process: what they stay, how long they live, and their deaths.
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static char *descriptor_of(OHIPCRemoteProxy *proxy, int expected)
{
    char *descriptor = NULL;
    int32_t len = -1;
    assert_int_equal(
        OH_IPCRemoteProxy_GetInterfaceDescriptor(proxy, &descriptor, &len, kit_allocate), expected);
    if (expected == OH_IPC_SUCCESS)
        assert_int_equal(len, strlen(descriptor) + 1);
    return descriptor;
}

static void assert_descriptor(OHIPCRemoteProxy *proxy, const char *expected)
{
    char *descriptor = descriptor_of(proxy, OH_IPC_SUCCESS);
    assert_string_equal(descriptor, expected);
    free(descriptor);
}

/* ---- identity ---- */

static struct bell destroyed = BELL_INIT;

static void ring_destroyed(void *user)
{
    (void)user;
    bell_ring(&destroyed);
}

static pthread_t handled_on;

static int answer_here(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)code;
    (void)data;
    (void)reply;
    (void)user;
    handled_on = pthread_self();
    return OH_IPC_SUCCESS;
}

static OHIPCRemoteProxy *echo_stub(const OHIPCRemoteStub *stub)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = NULL;
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(data, stub), OH_IPC_SUCCESS);
    assert_int_equal(kit_call(peer.proxy, KIT_ECHO, data, &reply), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(reply);
    OH_IPCParcel_Destroy(reply);
    assert_non_null(proxy);
    return proxy;
}

static void what_comes_home_is_ours_again(void **state)
{
    (void)state;
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("ours", answer_here, NULL, NULL);
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(ring_destroyed, NULL, NULL);
    OHIPCRemoteProxy *proxy = echo_stub(stub);
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(proxy, 1, data, NULL, &kit_async),
                     OH_IPC_SUCCESS);
    assert_true(pthread_equal(handled_on, pthread_self()));
    assert_descriptor(proxy, "ours");
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(proxy, recipient), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(proxy), 0);
    OH_IPCParcel_Destroy(data);
    OH_IPCRemoteProxy_Destroy(proxy);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteStub_Destroy(stub);
}

static OHIPCRemoteProxy *make_new(void)
{
    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(peer.proxy, KIT_NEW, OH_IPCParcel_Create(), &reply), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(reply);
    OH_IPCParcel_Destroy(reply);
    assert_non_null(proxy);
    return proxy;
}

static void a_foreign_stub_is_passed_on(void **state)
{
    (void)state;
    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(peer.proxy, KIT_NEW, OH_IPCParcel_Create(), &reply), OH_IPC_SUCCESS);
    OHIPCRemoteStub *stub = OH_IPCParcel_ReadRemoteStub(reply);
    OH_IPCParcel_Destroy(reply);
    assert_non_null(stub);
    OHIPCRemoteProxy *proxy = echo_stub(stub);
    OH_IPCRemoteStub_Destroy(stub);
    assert_descriptor(proxy, "test.new");
    assert_int_equal(kit_ask(proxy, KIT_ECHO, 7), 7);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static void a_proxy_is_passed_to_a_third_process(void **state)
{
    (void)state;
    struct kit_peer third;
    kit_peer_start(&third);
    OHIPCRemoteProxy *proxy = make_new();
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = NULL;
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(data, proxy), OH_IPC_SUCCESS);
    OH_IPCRemoteProxy_Destroy(proxy); /* the reference on its way keeps the object */
    assert_int_equal(kit_call(third.proxy, KIT_WHO_THERE, data, &reply), OH_IPC_SUCCESS);
    uint64_t pid = 0;
    assert_int_equal(OH_IPCParcel_ReadUint64(reply, &pid), OH_IPC_SUCCESS);
    assert_int_equal(pid, kit_way() == KIT_HERE ? getpid() : third.pid);
    OH_IPCParcel_Destroy(reply);
    kit_peer_end(&third);
}

static void descriptors_are_asked_for_once(void **state)
{
    (void)state;
    assert_descriptor(peer.proxy, KIT_SERVICE_DESCRIPTOR);
    assert_descriptor(peer.proxy, KIT_SERVICE_DESCRIPTOR);
    char *descriptor = (char *)1;
    int32_t len = 9;
    assert_int_equal(
        OH_IPCRemoteProxy_GetInterfaceDescriptor(peer.proxy, &descriptor, &len, kit_refuse),
        OH_IPC_MEM_ALLOCATOR_ERROR);
    assert_null(descriptor);
    assert_int_equal(len, 9);
}

/* ---- lives ---- */

static void a_stub_lives_as_long_as_anybody_holds_it(void **state)
{
    (void)state;
    unsigned before = bell_count(&destroyed);
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("ours", answer_here, ring_destroyed, NULL);
    assert_int_equal(kit_pass(peer.proxy, KIT_KEEP, stub, 0, NULL), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);
    assert_int_equal(kit_ask(peer.proxy, KIT_ECHO, 1), 1);
    assert_int_equal(bell_count(&destroyed), before);
    (void)kit_ask(peer.proxy, KIT_DROP, 0);
    assert_true(bell_wait(&destroyed, before + 1));
}

static void the_death_of_its_holder_lets_a_stub_go(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* the holder is this process */
    struct kit_peer holder;
    kit_peer_start(&holder);
    unsigned before = bell_count(&destroyed);
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("ours", answer_here, ring_destroyed, NULL);
    assert_int_equal(kit_pass(holder.proxy, KIT_KEEP, stub, 0, NULL), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);
    assert_int_equal(bell_count(&destroyed), before);
    kit_peer_kill(&holder);
    assert_true(bell_wait(&destroyed, before + 1));
    kit_peer_end(&holder);
}

static void a_proxy_keeps_the_stub_at_its_owner(void **state)
{
    (void)state;
    int32_t before = kit_ask(peer.proxy, KIT_N_DESTROYED, 0);
    OHIPCRemoteProxy *proxy = make_new();
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(ring_destroyed, NULL, NULL);
    unsigned rung = bell_count(&destroyed);
    if (kit_way() != KIT_HERE)
        assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(proxy, recipient), OH_IPC_SUCCESS);
    assert_int_equal(kit_ask(proxy, KIT_ECHO, 7), 7);
    assert_int_equal(kit_ask(peer.proxy, KIT_N_DESTROYED, 0), before);
    if (kit_way() != KIT_HERE)
        assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(proxy, recipient), OH_IPC_SUCCESS);
    OH_IPCRemoteProxy_Destroy(proxy);
    for (int i = 0; i < 100000 && kit_ask(peer.proxy, KIT_N_DESTROYED, 0) == before; i++)
        continue;
    assert_int_equal(kit_ask(peer.proxy, KIT_N_DESTROYED, 0), before + 1);
    assert_int_equal(bell_count(&destroyed), rung); /* that is no death */
    OH_IPCDeathRecipient_Destroy(recipient);
}

/* ---- deaths ---- */

static struct bell died = BELL_INIT;
static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
static int order[8];
static size_t n_order;

static void note_death(void *user)
{
    pthread_mutex_lock(&order_lock);
    if (n_order < 8)
        order[n_order++] = (int)(intptr_t)user;
    pthread_mutex_unlock(&order_lock);
    bell_ring(&died);
}

static OHIPCDeathRecipient *recipient_of(int number)
{
    return OH_IPCDeathRecipient_Create(note_death, ring_destroyed, (void *)(intptr_t)number);
}

static void deaths_are_told_in_order_once_each(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* objects of our own do not die */
    struct kit_peer mortal;
    kit_peer_start(&mortal);
    OHIPCRemoteProxy *other = NULL;
    assert_int_equal(via_openharmony_get(mortal.name, 0, &other), VIA_OK);
    OHIPCDeathRecipient *one = recipient_of(1);
    OHIPCDeathRecipient *two = recipient_of(2);
    OHIPCDeathRecipient *three = recipient_of(3);
    unsigned died_before = bell_count(&died);
    unsigned destroyed_before = bell_count(&destroyed);
    n_order = 0;
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, one), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, two), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(other, three), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, one), OH_IPC_SUCCESS);
    /* The first of two goes, through another handle. */
    assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(other, one), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(other), 0);
    OH_IPCDeathRecipient_Destroy(two); /* does not unsubscribe */
    assert_int_equal(bell_count(&destroyed), destroyed_before);

    kit_peer_kill(&mortal);
    assert_true(bell_wait(&died, died_before + 3));
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(mortal.proxy), 1);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(other), 1);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 1);
    assert_true(bell_wait(&destroyed, destroyed_before + 1)); /* two: nobody holds it */
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(other, one), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(other, three), OH_IPC_INNER_ERROR);

    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(other, KIT_ECHO, OH_IPCParcel_Create(), &reply),
                     OH_IPC_DEAD_REMOTE_OBJECT);
    OH_IPCParcel_Destroy(reply);
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(other, KIT_ECHO, data, NULL, &kit_async),
                     OH_IPC_DEAD_REMOTE_OBJECT);
    OH_IPCParcel_Destroy(data);
    (void)descriptor_of(other, OH_IPC_DEAD_REMOTE_OBJECT);

    OH_IPCDeathRecipient_Destroy(one);
    OH_IPCDeathRecipient_Destroy(three);
    assert_true(bell_wait(&destroyed, destroyed_before + 3));
    assert_int_equal(bell_count(&died), died_before + 3);
    OH_IPCRemoteProxy_Destroy(other);
    kit_peer_end(&mortal);
}

static void a_subscription_outlives_its_handles(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return;
    struct kit_peer mortal;
    kit_peer_start(&mortal);
    OHIPCDeathRecipient *recipient = recipient_of(1);
    unsigned died_before = bell_count(&died);
    unsigned destroyed_before = bell_count(&destroyed);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, recipient), OH_IPC_SUCCESS);
    OH_IPCRemoteProxy_Destroy(mortal.proxy);
    mortal.proxy = NULL;
    OH_IPCDeathRecipient_Destroy(recipient);
    kit_peer_kill(&mortal);
    assert_true(bell_wait(&died, died_before + 1));
    assert_true(bell_wait(&destroyed, destroyed_before + 1));
    kit_peer_end(&mortal);
}

static void an_exit_is_a_death_too(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return;
    struct kit_peer mortal;
    kit_peer_start(&mortal);
    assert_descriptor(mortal.proxy, KIT_SERVICE_DESCRIPTOR);
    OHIPCDeathRecipient *recipient = recipient_of(1);
    unsigned before = bell_count(&died);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, recipient), OH_IPC_SUCCESS);
    OHIPCParcel *reply = NULL;
    assert_int_equal(kit_call(mortal.proxy, KIT_EXIT, OH_IPCParcel_Create(), &reply),
                     OH_IPC_DEAD_REMOTE_OBJECT);
    OH_IPCParcel_Destroy(reply);
    assert_int_equal(kit_wait(mortal.pid), 0);
    mortal.pid = 0;
    assert_true(bell_wait(&died, before + 1));
    assert_descriptor(mortal.proxy, KIT_SERVICE_DESCRIPTOR); /* kept beyond the death */
    OH_IPCDeathRecipient_Destroy(recipient);
    kit_peer_end(&mortal);
}

/* A callback may do anything, also to what called it. */
struct undertaker {
    OHIPCRemoteProxy *proxy;
    OHIPCDeathRecipient *recipient;
    int removed;
};

static void bury(void *user)
{
    struct undertaker *undertaker = user;
    undertaker->removed =
        OH_IPCRemoteProxy_RemoveDeathRecipient(undertaker->proxy, undertaker->recipient);
    OH_IPCDeathRecipient_Destroy(undertaker->recipient);
    OH_IPCRemoteProxy_Destroy(undertaker->proxy);
    bell_ring(&died);
}

static void a_death_callback_may_destroy_everything(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return;
    struct kit_peer mortal;
    kit_peer_start(&mortal);
    struct undertaker undertaker = {.proxy = mortal.proxy};
    undertaker.recipient = OH_IPCDeathRecipient_Create(bury, NULL, &undertaker);
    unsigned before = bell_count(&died);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(mortal.proxy, undertaker.recipient),
                     OH_IPC_SUCCESS);
    mortal.proxy = NULL;
    kit_peer_kill(&mortal);
    assert_true(bell_wait(&died, before + 1));
    assert_int_equal(undertaker.removed, OH_IPC_INNER_ERROR);
    kit_peer_end(&mortal);
}

static atomic_int n_dead;

static void *call_and_hang(void *user)
{
    OHIPCParcel *reply = NULL;
    if (kit_call(user, KIT_HANG, OH_IPCParcel_Create(), &reply) == OH_IPC_DEAD_REMOTE_OBJECT)
        atomic_fetch_add(&n_dead, 1);
    OH_IPCParcel_Destroy(reply);
    return NULL;
}

static void a_death_ends_the_calls_in_flight(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return;
    enum { N = 12 };
    struct kit_peer mortal;
    pthread_t threads[N];
    kit_peer_start(&mortal);
    atomic_store(&n_dead, 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_and_hang, mortal.proxy), 0);
    assert_int_equal(kit_ask(mortal.proxy, KIT_ECHO, 1), 1);
    kit_peer_kill(&mortal);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&n_dead), N);
    kit_peer_end(&mortal);
}

static void calls_to_another_host_end_in_time(void **state)
{
    (void)state;
    if (kit_way() != KIT_WSS)
        return; /* on one host they wait as long as the other side lives */
    struct kit_peer slow;
    kit_peer_start(&slow);
    const OH_IPC_MessageOption one_second = {OH_IPC_REQUEST_MODE_SYNC, 1, NULL};
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(slow.proxy, KIT_HANG, data, reply, &one_second),
                     OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(slow.proxy), 0);
    OH_IPCParcel_Destroy(data);
    OH_IPCParcel_Destroy(reply);
    kit_peer_end(&slow);
}

/* ---- names ---- */

static void names_are_published_found_and_withdrawn(void **state)
{
    (void)state;
    if (kit_way() == KIT_HERE)
        return; /* there is no gateway */
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("ours", answer_here, NULL, NULL);
    OHIPCRemoteProxy *proxy = NULL;
    assert_int_equal(via_openharmony_publish(NULL, stub), VIA_INVALID);
    assert_int_equal(via_openharmony_publish("name", NULL), VIA_INVALID);
    assert_int_equal(via_openharmony_get(NULL, 0, &proxy), VIA_INVALID);
    assert_int_equal(via_openharmony_get("name", 0, NULL), VIA_INVALID);
    assert_int_equal(via_openharmony_get("name", 0, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_openharmony_get("name", 50, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_openharmony_publish("name", stub), VIA_OK);
    assert_int_equal(via_openharmony_publish(peer.name, stub), VIA_EXISTS);
    assert_int_equal(via_openharmony_get("name", 0, &proxy), VIA_OK);
    assert_descriptor(proxy, "ours"); /* and it is the one of this process */
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(proxy, 1, data, NULL, &kit_async),
                     OH_IPC_SUCCESS);
    assert_true(pthread_equal(handled_on, pthread_self()));
    OH_IPCParcel_Destroy(data);
    assert_int_equal(via_openharmony_withdraw("name", stub), VIA_OK);
    OHIPCRemoteProxy *gone = NULL;
    assert_int_equal(via_openharmony_get("name", 0, &gone), VIA_NOT_FOUND);
    assert_null(gone);
    OH_IPCRemoteProxy_Destroy(proxy);
    OH_IPCRemoteStub_Destroy(stub);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_home_is_ours_again),
        cmocka_unit_test(a_foreign_stub_is_passed_on),
        cmocka_unit_test(a_proxy_is_passed_to_a_third_process),
        cmocka_unit_test(descriptors_are_asked_for_once),
        cmocka_unit_test(a_stub_lives_as_long_as_anybody_holds_it),
        cmocka_unit_test(the_death_of_its_holder_lets_a_stub_go),
        cmocka_unit_test(a_proxy_keeps_the_stub_at_its_owner),
        cmocka_unit_test(deaths_are_told_in_order_once_each),
        cmocka_unit_test(a_subscription_outlives_its_handles),
        cmocka_unit_test(an_exit_is_a_death_too),
        cmocka_unit_test(a_death_callback_may_destroy_everything),
        cmocka_unit_test(a_death_ends_the_calls_in_flight),
        cmocka_unit_test(calls_to_another_host_end_in_time),
        cmocka_unit_test(names_are_published_found_and_withdrawn),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

int main(int argc, char **argv)
{
    return kit_world_main(argc, argv, run);
}
