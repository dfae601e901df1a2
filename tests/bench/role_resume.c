/*
 * A client over TLS behind a relay, and a service beside the gateway, in one process, so that the
 * moment of the cut and that of the reply are of one clock. An order is so many times the same:
 * "call": a call; "connect": a node of its own that connects; "resume": a call that waits at the
 * service while the connection is cut, from the cut to its reply.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/viaduct.h>

#include "tests/bench/driver.h"
#include "tests/bench/relay.h"
#include "tests/bench/roles.h"

#define NAME "bench.held"
#define FIND_MS 10000u

enum code { CODE_NOW = 1, CODE_HELD };

struct scene {
    struct relay *relay;
    struct via_node *near, *far;
    char gateway[64]; /* of the far node: the relay's */
    struct via_stub *stub;
    struct via_proxy *proxy;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct via_call *held; /* owned: at the service, not answered */
    uint64_t replied_ns;   /* 0: not yet */
    enum via_status outcome;
};

/* ---- the call that is held ---- */

static void serve(void *user, struct via_call *call)
{
    struct scene *scene = user;
    if (via_call_code(call) != CODE_HELD) {
        (void)via_call_reply(call, 0, NULL);
        return;
    }
    (void)pthread_mutex_lock(&scene->lock);
    scene->held = via_call_keep(call);
    (void)pthread_cond_signal(&scene->changed);
    (void)pthread_mutex_unlock(&scene->lock);
}

static void replied(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct scene *scene = user;
    (void)result;
    (void)reply;
    (void)pthread_mutex_lock(&scene->lock);
    scene->replied_ns = figures_now_ns();
    scene->outcome = status;
    (void)pthread_cond_signal(&scene->changed);
    (void)pthread_mutex_unlock(&scene->lock);
}

static struct via_call *wait_until_held(struct scene *scene)
{
    (void)pthread_mutex_lock(&scene->lock);
    while (scene->held == NULL && scene->replied_ns == 0)
        (void)pthread_cond_wait(&scene->changed, &scene->lock);
    struct via_call *call = scene->held;
    scene->held = NULL;
    (void)pthread_mutex_unlock(&scene->lock);
    return call;
}

static uint64_t wait_until_replied(struct scene *scene)
{
    (void)pthread_mutex_lock(&scene->lock);
    while (scene->replied_ns == 0)
        (void)pthread_cond_wait(&scene->changed, &scene->lock);
    uint64_t at_ns = scene->replied_ns;
    (void)pthread_mutex_unlock(&scene->lock);
    return at_ns;
}

static enum via_status resume(struct scene *scene, uint64_t *nsp)
{
    struct via_parcel *request;
    scene->replied_ns = 0;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_proxy_call_async(scene->proxy, CODE_HELD, request, 0, replied, scene, NULL);
    via_parcel_unref(request);
    if (status != VIA_OK)
        return status;
    struct via_call *call = wait_until_held(scene);
    if (call == NULL)
        return scene->outcome;
    uint64_t cut_ns = figures_now_ns();
    relay_cut(scene->relay);
    (void)via_call_reply(call, 0, NULL);
    via_call_unref(call);
    *nsp = wait_until_replied(scene) - cut_ns;
    return scene->outcome;
}

/* ---- what it is compared with ---- */

static enum via_status call(struct scene *scene, uint64_t *nsp)
{
    struct via_parcel *request, *reply;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    uint64_t start_ns = figures_now_ns();
    status = via_proxy_call(scene->proxy, CODE_NOW, request, 0, NULL, &reply);
    *nsp = figures_now_ns() - start_ns;
    via_parcel_unref(request);
    if (status == VIA_OK)
        via_parcel_unref(reply);
    return status;
}

static enum via_status connect_anew(struct scene *scene, uint64_t *nsp)
{
    const struct via_node_options options = {.size = sizeof options, .gateway = scene->gateway};
    struct via_node *node;
    enum via_status status = via_node_create(&options, &node);
    if (status != VIA_OK)
        return status;
    uint64_t start_ns = figures_now_ns();
    status = via_node_connect(node, FIND_MS);
    *nsp = figures_now_ns() - start_ns;
    (void)via_node_destroy(node);
    return status;
}

/* ---- the driver ---- */

static const struct {
    const char *name;
    enum via_status (*run)(struct scene *scene, uint64_t *nsp);
} kinds[] = {{"call", call}, {"connect", connect_anew}, {"resume", resume}};

static size_t kind;

static int run(void *user, const struct order *order, uint64_t *ns)
{
    for (unsigned i = 0; i < order->n; i++) {
        enum via_status status = kinds[kind].run(user, &ns[i]);
        if (status == VIA_OK)
            continue;
        fprintf(stderr, "bench: %s %u: %s\n", kinds[kind].name, i, via_status_name(status));
        return 1;
    }
    return 0;
}

static enum via_status set_up(struct scene *scene, const char *near)
{
    const struct via_node_options here = {.size = sizeof here, .gateway = near};
    const struct via_node_options there = {.size = sizeof there, .gateway = scene->gateway};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = serve};
    enum via_status status = via_node_create(&here, &scene->near);
    if (status == VIA_OK)
        status = via_node_create(&there, &scene->far);
    if (status == VIA_OK)
        status = via_stub_create(scene->near, &ops, scene, &scene->stub);
    if (status == VIA_OK)
        status = via_node_publish(scene->near, "core", NAME, scene->stub, NULL);
    if (status == VIA_OK)
        status = via_node_find(scene->far, "core", NAME, FIND_MS, &scene->proxy);
    return status;
}

int role_resume(int argc, char **argv)
{
    struct scene scene = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    if (argc < 4)
        return 2;
    while (kind < sizeof kinds / sizeof *kinds && strcmp(argv[0], kinds[kind].name) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof *kinds)
        return 2;
    scene.relay =
        relay_create((uint16_t)strtoul(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
    if (scene.relay == NULL)
        return 1;
    (void)snprintf(scene.gateway, sizeof scene.gateway, "wss://localhost:%u",
                   (unsigned)relay_port(scene.relay));
    enum via_status status = set_up(&scene, argv[1]);
    if (status != VIA_OK)
        fprintf(stderr, "bench: resume: %s\n", via_status_name(status));
    int failed = status != VIA_OK || driver_serve(run, &scene);
    via_proxy_unref(scene.proxy);
    via_stub_unref(scene.stub);
    (void)via_node_destroy(scene.far);
    (void)via_node_destroy(scene.near);
    (void)relay_destroy(scene.relay);
    return failed;
}
