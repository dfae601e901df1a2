/*
 * Phoenix's side: one port, and threads that receive from it. All of it is as a program of that
 * system has it.
 */
#include <string.h>
#include <sys/msg.h>
#include <sys/threads.h>

#include "tests/bench/phoenix_side.h"

#define STACK 65536u

static unsigned char octets[PHOENIX_SIDE_MOST];

/* ---- the service ---- */

static uint32_t served;

static void handle(msg_t *msg)
{
    if (msg->type == PHOENIX_SIDE_ECHO && msg->i.size <= msg->o.size)
        memcpy(msg->o.data, msg->i.data, msg->i.size);
    else if (msg->type == PHOENIX_SIDE_GIVE && msg->o.size <= sizeof octets)
        memcpy(msg->o.data, octets, msg->o.size);
    msg->o.err = (int)(msg->type == PHOENIX_SIDE_TAKE ? msg->i.size : msg->o.size);
}

static void receive(void *argument)
{
    msg_t msg;
    msg_rid_t rid;
    (void)argument;
    for (;;) {
        if (msgRecv(served, &msg, &rid) < 0)
            continue;
        handle(&msg);
        (void)msgRespond(served, &msg, rid);
    }
}

static int serve(const char *name, unsigned n_threads)
{
    int failed = portCreate(&served) != 0 || portRegister(served, name, NULL) != 0;
    memset(octets, 0xa5, sizeof octets); /* zeros at the end would not be sent */
    for (unsigned i = 0; i < n_threads && !failed; i++)
        failed = beginthread(receive, 4, NULL, STACK, NULL) != 0;
    return failed;
}

/* ---- a client ---- */

static oid_t device;

static int open_phoenix(const char *name)
{
    memset(octets, 0xa5, sizeof octets);
    return lookup(name, NULL, &device) != 0;
}

static int ask(enum phoenix_side_shape shape, size_t size)
{
    static unsigned char answer[PHOENIX_SIDE_MOST];
    msg_t msg = {.type = (int)shape, .oid = device};
    if (shape != PHOENIX_SIDE_GIVE) {
        msg.i.data = octets;
        msg.i.size = size;
    }
    if (shape != PHOENIX_SIDE_TAKE) {
        msg.o.data = answer;
        msg.o.size = size;
    }
    return msgSend(device.port, &msg) != 0 || msg.o.err != (int)size;
}

static int send_one(size_t size)
{
    msg_t msg = {.type = PHOENIX_SIDE_TAKE, .oid = device};
    msg.i.data = octets;
    msg.i.size = size;
    return msgPulse(device.port, &msg) != 0;
}

const struct phoenix_side phoenix_side_phoenix = {
    .name = "phoenix", .serve = serve, .open = open_phoenix, .ask = ask, .send = send_one};
