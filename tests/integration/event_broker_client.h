/*
 * A client of the event broker that speaks the wire: a node of its own with one port, which may
 * listen, and be a provider of pods. Whatever goes wrong fails the test.
 */
#pragma once

#include <viaduct/viaduct.h>

#include "codecs/portfolio_pod.h"
#include "tests/include/bell.h"
#include "tests/integration/daemon.h"

#define CLIENT_ANSWER_MAX 32768u
#define CLIENT_BUFFER 16384u /* of what is asked, if a test says nothing else */

struct client_output {
    uint32_t pod, id;
    enum portfolio_pod_output_kind kind;
    uint8_t octets[64];
    size_t size;
};

struct client {
    struct via_node *node;
    struct via_queue *queue;
    struct via_stub *stub; /* its port */
    struct via_proxy *port, *broker;
    uint32_t number;   /* the port's */
    uint32_t capacity; /* of the buffer of what is asked */
    struct via_subscription *subscription;
    struct via_call *record;           /* taken, and not answered; NULL: none */
    uint8_t octets[CLIENT_ANSWER_MAX]; /* data of the last answer or record, size of them */
    size_t size;
    const uint8_t *more; /* behind those of an answer */
    size_t more_size;
    struct via_parcel *answer; /* owned: the last one */
    struct bell outputs;
    struct client_output output; /* the last one */
};

/* With @name for its port, NULL for none, at the broker called @broker. */
void client_open(struct client *client, const struct daemon *daemon, bool far, const char *broker,
                 const char *name);
/* The one called @broker that is there now, instead of the one before. */
void client_find(struct client *client, const char *broker);
/* One more port of @client, as a client that shares its node, its queue and its broker. */
void client_open_port(struct client *port, const struct client *client);
void client_close_port(struct client *port);
/* Its process says goodbye. */
void client_close(struct client *client);
/* Deletes its port alone. */
void client_delete_port(struct client *client);

/* ---- messages; msg_Result ---- */

int32_t client_ask(struct client *client, const void *data, size_t size);
int32_t client_ask_header(struct client *client, uint32_t flavor);
int32_t client_listen(struct client *client, uint32_t category, uint32_t trigger0,
                      uint32_t trigger2, int32_t queue_max);
int32_t client_pod(struct client *client, uint32_t flavor, int32_t pod, int32_t wait,
                   const void *octets, size_t size);
/* As client_pod(), without waiting for the answer, which arrives in the queue. */
void client_pod_later(struct client *client, uint32_t flavor, int32_t pod, int32_t wait,
                      const void *octets, size_t size);
/* Waits for the lock of pod 1 likewise; it has been heard: what is asked later is behind it. */
void client_wait_for_lock(struct client *client);
/* What came of it. */
int32_t client_later(struct client *client);
/* @octets as they stand, with @client's port where a message has its reply port, if there is room
 * for it; what the call came to. */
enum via_status client_say(struct client *client, uint32_t code, const uint8_t *octets,
                           size_t size);

/* The next record, as octets; waits for it. It is kept until client_reply(). */
void client_take(struct client *client, uint32_t code);
/* Whether there is none by now. */
bool client_has_none(struct client *client);
void client_reply(struct client *client);

/* ---- pods ---- */

int32_t client_attach(struct client *client, uint32_t type, uint32_t flags, const char *name);
int32_t client_press(struct client *client, int32_t pod, uint32_t buttons);
int32_t client_detach(struct client *client, int32_t pod);
int32_t client_done(struct client *client, int32_t pod, uint32_t id, int32_t result,
                    const void *octets, size_t size);
int32_t client_step(struct client *client, uint32_t n);
/* Is told of outputs from now on. */
void client_watch_outputs(struct client *client);
